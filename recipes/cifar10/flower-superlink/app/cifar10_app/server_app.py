"""The ServerApp: a strategy of Flower's that keeps every round's weights and what each client sent."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message
from flwr.serverapp import Grid, ServerApp

from cifar10.local_training import save_final
from cifar10.work_folder import load_architecture, load_initial
from cifar10_app.strategies import ADAPTIVE, STRATEGIES, own_options
from federation_end import OK, declare_end
from metric_line import print_line
from weight_files import Weights, in_64_bits, keeps_updates, round_file, save_arrays, save_update

app = ServerApp()


class Recording:
    """What is mixed into a strategy of Flower's: it records what the clients sent and what became of it."""

    def __init__(
        self, artifacts: Path, rounds: int, clients: int, least: int, patience: float, **options
    ) -> None:
        # fraction_evaluate: a second process on every client in every round, for a figure that our own
        # evaluator gives; without it a round takes half the time.
        super().__init__(
            fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients, **options
        )
        self.artifacts, self.rounds, self.clients = artifacts, rounds, clients
        self.least, self.patience = least, patience
        self.done: list[int] = []
        self.weights: Weights = {}

    def configure_train(self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid):
        self.wait_for_nodes(grid)
        messages = list(super().configure_train(server_round, arrays, config, grid))
        # All must come to begin; from then on a federation that lost a client goes on without it.
        self.min_train_nodes = self.min_available_nodes = self.least
        if len(messages) < self.clients:
            print_line(f"round {server_round} goes on with {len(messages)} of {self.clients} clients")
        return messages

    def wait_for_nodes(self, grid: Grid) -> None:
        """Flower's own loop waits without end. A node that died still counts for about a minute."""
        there, since = -1, time.monotonic()
        while True:
            before, there = there, len(list(grid.get_node_ids()))
            if there != before:
                print_line(f"clients connected: {there}")
            if there >= self.min_available_nodes:
                return
            if there > before:
                since = time.monotonic()
            elif time.monotonic() - since > self.patience:
                needed = self.min_available_nodes
                raise RuntimeError(f"only {there} of {needed} clients, and none came for {self.patience:g} s")
            time.sleep(0.5)

    def aggregate_train(self, server_round: int, replies: Iterable[Message]):
        # In the order of the clients, not of their arrival, on which a sum of floats depends.
        replies = sorted(replies, key=client_of)
        for reply in replies:
            if reply.has_error():
                continue
            weights = {name: array.numpy() for name, array in reply.content["arrays"].items()}
            if keeps_updates(server_round, self.rounds, self.clients, weights):
                examples = int(reply.content["metrics"]["num-examples"])
                save_update(self.artifacts, server_round, client_of(reply), weights, examples)
            reply.content["arrays"] = record_of(in_64_bits(weights))
        arrays, metrics = super().aggregate_train(server_round, replies)
        # Without a single result Flower keeps the old weights and calls the next round all the same.
        if arrays is not None:
            self.weights = {name: array.numpy().astype(np.float32) for name, array in arrays.items()}
            arrays = record_of(self.weights)
            save_arrays(round_file(self.artifacts, server_round), self.weights)
            self.done.append(server_round)
        return arrays, metrics


def record_of(weights: Weights) -> ArrayRecord:
    """The weights as Flower sends them, each under its name."""
    return ArrayRecord({name: Array(array) for name, array in weights.items()})


def client_of(reply: Message) -> int:
    """The client's number, from 1; 0 for an error, which names none."""
    return 0 if reply.has_error() else int(reply.content["who"]["client"])


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Runs the federation. It may be started in any folder, so all paths are absolute."""
    config = context.run_config
    run, name = Path(str(config["run-folder"])), str(config["strategy"])
    work, artifacts = run / "work", run / "artifacts"
    rounds, clients = int(config["rounds"]), int(config["clients"])
    model, initial = load_architecture(work), load_initial(work)
    save_arrays(round_file(artifacts, 0), initial)
    outcome, recording = "the ServerApp was stopped", None
    try:
        if model.norm == "batch" and name in ADAPTIVE:
            raise ValueError(
                f"{name} would take a step on BatchNorm's running variances, too, which may make them negative; "
                "use norm=group"
            )
        kind = type(f"Recording{STRATEGIES[name].__name__}", (Recording, STRATEGIES[name]), {})
        least = min(int(config["min-clients"]), clients)
        recording = kind(artifacts, rounds, clients, least, float(config["patience"]), **own_options(config))
        recording.start(
            grid=grid,
            initial_arrays=record_of(initial),
            num_rounds=rounds,
            timeout=float(config["round-timeout"]),
        )
        missing = rounds - len(recording.done)
        outcome = f"{missing} of {rounds} rounds had no result" if missing else OK
    except Exception as error:
        outcome = str(error)
        raise
    finally:
        if recording is not None and recording.done:
            save_final(artifacts, recording.weights, model)
        declare_end(work, outcome)
