"""A Flower client of the book's flow: `start_numpy_client` with the shard that `prepare` made for it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import flwr as fl

from digits.mlp import NAMES, score, train
from digits.work_folder import load_shard, shard_name
from metric_line import print_metric


class DigitsClient(fl.client.NumPyClient):
    """Trains the federated weights on its own images. Flower sends arrays without names."""

    def __init__(self, work: Path, number: int, batch_size: int, lr: float, pause: float) -> None:
        self.number, self.batch_size, self.lr, self.pause = number, batch_size, lr, pause
        self.shard = load_shard(work, shard_name(number))

    def fit(self, parameters, config):
        # Flower does not tell a client the round: the server's on_fit_config_fn must.
        round, shard = int(config["round"]), self.shard
        weights = dict(zip(NAMES, parameters, strict=True))
        weights = train(weights, shard.images, shard.labels, shard.order_of(round), self.batch_size, self.lr)
        time.sleep(self.pause)
        accuracy, loss = score(weights, shard.images, shard.labels)
        print_metric(round, "client", accuracy=accuracy, loss=loss)
        return [weights[name] for name in NAMES], len(shard.labels), {"client": self.number}

    def evaluate(self, parameters, config):
        weights = dict(zip(NAMES, parameters, strict=True))
        accuracy, loss = score(weights, self.shard.images, self.shard.labels)
        return loss, len(self.shard.labels), {"accuracy": accuracy}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument("--work", type=Path, required=True, help="the folder that prepare filled")
    parser.add_argument("--client", type=int, required=True, help="this client's number, from 1")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local fit")
    args = parser.parse_args()

    client = DigitsClient(args.work, args.client, args.batch_size, args.lr, args.pause)
    # Unlike today's SuperNode, this client does not try again: the server must be listening already.
    fl.client.start_numpy_client(server_address=args.address, client=client)


if __name__ == "__main__":
    main()
