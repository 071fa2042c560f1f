"""A STADLE agent as the book has it: waits for the global model, trains it, sends it back."""

from __future__ import annotations

import argparse
import os
import threading
import time
import traceback
from pathlib import Path

from stadle import BasicClient

from federation_end import declare_end
from metric_line import print_line, print_metric
from sst2.head import as_list, as_weights
from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import load_shard
from weight_files import keeps_updates, round_file, save_arrays, save_update


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="STADLE's agent configuration")
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--client", type=int, required=True, help="this agent's number, from 1")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local training")
    parser.add_argument("--records", action="store_true", help="write down what an aggregator of ours would")
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    training, shard = LocalTraining.of(args), load_shard(args.run / "work", args.client)
    read, write = weights_in(args.backend)
    records = Records(args) if args.records else None

    print_line("waits for the aggregator, and for the base model")  # both in silence, for hours if need be
    client = BasicClient(config_file=str(args.config), agent_name=f"agent-{args.client}")
    client.set_agg_weight(len(shard.y))  # else every agent weighs 1
    print_line(f"agent-{args.client} is connected")
    base = None
    while True:
        model = client.wait_for_sg_model()
        server_round = client.federated_training_round
        if base is None:  # a project of STADLE's own may have had rounds before this run
            base = server_round if args.records else 0
        done = server_round - base
        if records:
            records.keep_global(done, read(model))
        if done >= args.rounds:  # the book's agents leave before, and never see the last average
            break
        round = done + 1
        print_line(f"[ROUND {round}] trains on {len(shard.y)} sentences")
        weights, figures = training.train(read(model), shard, round)
        time.sleep(args.pause)
        print_metric(round, "client", **figures)
        write(model, weights)
        if records:
            records.keep_mine(round, weights, len(shard.y))
        if not client.send_trained_model(model, figures):
            print_line(f"round {round} was over before this agent was: its update was not sent")
    print_line(f"has the global model of round {args.rounds}")
    client.disconnect()


def weights_in(backend: str):
    """How to read the task's weights in a model that STADLE gave us, and how to put ours into it."""
    if backend == "torch":
        from sst2.torch_head import get_weights, set_weights

        return get_weights, set_weights

    def put(model, weights) -> None:
        model.set_weights(as_list(weights))

    return (lambda model: as_weights(model.get_weights())), put


class Records:
    """With STADLE's own service nobody but the agents sees weights: they write them down themselves, and
    the first one also those of the rounds."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.artifacts, self.work = args.run / "artifacts", args.run / "work"
        self.client, self.clients, self.rounds = args.client, args.clients, args.rounds
        self.backend = args.backend

    def keep_global(self, round: int, weights) -> None:
        if self.client != 1 or round_file(self.artifacts, round).exists():
            return
        save_arrays(round_file(self.artifacts, round), weights)
        if round == self.rounds:
            save_final(self.artifacts, weights, self.backend)
            declare_end(self.work)

    def keep_mine(self, round: int, weights, examples: int) -> None:
        if keeps_updates(round, self.rounds, self.clients, weights):
            save_update(self.artifacts, round, self.client, weights, examples)


def end_with(error: BaseException | None) -> None:
    """Ends the process: a thread of STADLE's keeps it alive when the training, or the exchange, has failed."""
    traceback.print_exception(error)
    os._exit(1)


if __name__ == "__main__":
    threading.excepthook = lambda failed: end_with(failed.exc_value)
    try:
        main()
    except Exception as error:  # noqa: BLE001
        end_with(error)
