"""What a ServerApp of today's flow (SuperLink, SuperNodes, `flwr run`) needs beside a strategy of Flower's,
whatever the task."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message
from flwr.serverapp import Grid

from federation_end import OK, declare_end
from metric_line import print_line
from weight_files import Weights, in_64_bits, keeps_updates, round_file, save_arrays, save_update


class Recording:
    """What is mixed into a strategy of Flower's: it records what the clients sent and what became of it.

    `exact` adds up in 64 bits (weight_files.in_64_bits).
    """

    def __init__(
        self,
        artifacts: Path,
        rounds: int,
        clients: int,
        least: int,
        patience: float,
        exact: bool = False,
        **options,
    ) -> None:
        # fraction_evaluate: a second process on every client in every round, for a figure that our own
        # evaluator gives; without it a round takes half the time.
        super().__init__(
            fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients, **options
        )
        self.artifacts, self.rounds, self.clients = artifacts, rounds, clients
        self.least, self.patience, self.exact = least, patience, exact
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
        # In the order of the clients, not of their arrival: sums of floats depend on the order, and over
        # hundreds of steps the last digit of a weight becomes its second.
        replies = sorted(replies, key=client_of)
        dtypes = {}
        for reply in replies:
            if reply.has_error():
                continue
            weights = {name: array.numpy() for name, array in reply.content["arrays"].items()}
            dtypes = {name: array.dtype for name, array in weights.items()}
            if keeps_updates(server_round, self.rounds, self.clients, weights):
                examples = int(reply.content["metrics"]["num-examples"])
                save_update(self.artifacts, server_round, client_of(reply), weights, examples)
            if self.exact:
                reply.content["arrays"] = record_of(in_64_bits(weights))
        arrays, metrics = super().aggregate_train(server_round, replies)
        # Without a single result Flower keeps the old weights and calls the next round all the same.
        if arrays is not None:
            self.weights = {name: array.numpy().astype(dtypes[name]) for name, array in arrays.items()}
            arrays = record_of(self.weights)
            save_arrays(round_file(self.artifacts, server_round), self.weights)
            self.done.append(server_round)
        return arrays, metrics


def recording(strategy: type) -> type:
    """A strategy of Flower's that records. Named for what it is, since Flower logs the name."""
    return type(f"Recording{strategy.__name__}", (Recording, strategy), {})


def record_of(weights: Weights) -> ArrayRecord:
    """The weights as Flower sends them, each under its name."""
    return ArrayRecord({name: Array(array) for name, array in weights.items()})


def client_of(reply: Message) -> int:
    """The client's number, from 1; 0 for an error, which names none."""
    return 0 if reply.has_error() else int(reply.content["who"]["client"])


def run_federation(
    grid: Grid,
    context: Context,
    strategy: type,
    initial: Callable[[Path], Weights],
    save_final: Callable[[Path, Weights], object],
    **options,
) -> None:
    """Runs the federation of `strategy` from what `initial` reads in work/, and says how it ended. It may be
    started in any folder, so all paths are absolute. `options` are the strategy's own."""
    config = context.run_config
    run = Path(str(config["run-folder"]))
    work, artifacts = run / "work", run / "artifacts"
    rounds, clients = int(config["rounds"]), int(config["clients"])
    least = min(int(config["min-clients"]), clients)
    outcome, strategist = "the ServerApp was stopped", None
    try:
        weights = initial(work)
        save_arrays(round_file(artifacts, 0), weights)
        strategist = recording(strategy)(
            artifacts, rounds, clients, least, float(config["patience"]), **options
        )
        strategist.start(
            grid=grid,
            initial_arrays=record_of(weights),
            num_rounds=rounds,
            timeout=float(config["round-timeout"]),
        )
        missing = rounds - len(strategist.done)
        outcome = f"{missing} of {rounds} rounds had no result" if missing else OK
    except Exception as error:
        outcome = str(error)
        raise
    finally:
        if strategist is not None and strategist.done:
            save_final(artifacts, strategist.weights)
        declare_end(work, outcome)
