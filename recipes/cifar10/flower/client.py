"""A Flower client of the book's flow: `start_numpy_client` with the images that `prepare` gave it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import flwr as fl

from cifar10.local_training import LocalTraining
from cifar10.work_folder import load_shard
from metric_line import print_metric


class Cifar10Client(fl.client.NumPyClient):
    """Trains the federated model on its own images. Flower sends arrays without names."""

    def __init__(self, work: Path, number: int, training: LocalTraining, pause: float) -> None:
        self.number, self.training, self.pause = number, training, pause
        self.shard = load_shard(work, number)

    def fit(self, parameters, config):
        # Flower does not tell a client the round: the server's on_fit_config_fn must.
        round = int(config["round"])
        model = self.training.architecture
        # FedProx adds this to the configuration; the term in the loss is the client's affair.
        mu = float(config.get("proximal_mu", 0.0))
        weights, figures = self.training.train(model.as_weights(parameters), self.shard, round, mu)
        time.sleep(self.pause)
        print_metric(round, "client", **figures)
        return model.as_list(weights), len(self.shard.labels), {"client": self.number}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument("--work", type=Path, required=True, help="the folder that prepare filled")
    parser.add_argument("--client", type=int, required=True, help="this client's number, from 1")
    parser.add_argument("--message-limit", type=int, default=1 << 30, help="bytes of one gRPC message")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local fit")
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    client = Cifar10Client(args.work, args.client, LocalTraining.of(args, args.work), args.pause)
    # Unlike today's SuperNode, this client does not try again: the server must be listening already.
    fl.client.start_numpy_client(
        server_address=args.address, client=client, grpc_max_message_length=args.message_limit
    )


if __name__ == "__main__":
    main()
