"""What the server of the book's flow (`start_server`) needs beside a strategy of Flower's, whatever the task."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import flwr as fl
import numpy as np
from flwr.common import ndarrays_to_parameters, parameters_to_ndarrays

from federation_end import OK, declare_end
from metric_line import print_line, print_metric
from weight_files import Weights, in_64_bits, keeps_updates, round_file, save_arrays, save_update


class TooFewClientsError(Exception):
    """Not enough clients came, or stayed."""


class ImpatientClientManager(fl.server.SimpleClientManager):
    """Flower's own manager waits a day (86,400 s) for clients, and logs neither who comes nor who goes.

    `patience`: seconds that may go by without one more client; whoever only comes back is not one more.
    """

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.patience, self.clock = patience, clock
        self.most, self.came = 0, clock()

    def register(self, client) -> bool:
        known = super().register(client)
        if self.num_available() > self.most:
            self.most, self.came = self.num_available(), self.clock()
        print_line(f"clients connected: {self.num_available()}")
        return known

    def unregister(self, client) -> None:
        super().unregister(client)
        print_line(f"clients connected: {self.num_available()}")

    def wait_for(self, num_clients: int, timeout: int = 86400) -> bool:
        self.most, self.came = self.num_available(), self.clock()
        while not super().wait_for(num_clients, timeout=self.came + self.patience - self.clock()):
            if self.clock() >= self.came + self.patience:
                raise TooFewClientsError(
                    f"only {self.num_available()} of {num_clients} clients, "
                    f"and none came for {self.patience:g} s"
                )
        return True


class Recording:
    """What is mixed into a strategy of Flower's: it records what the clients sent and what became of it.

    `as_weights` names the arrays of a model; `exact` adds up in 64 bits (weight_files.in_64_bits).
    """

    def __init__(
        self,
        args: argparse.Namespace,
        initial: Weights,
        as_weights: Callable[[Sequence[np.ndarray]], Weights],
        exact: bool = False,
        **options,
    ) -> None:
        # Flower counts the clients that are there *before* it waits for more: with the default
        # min_fit_clients=2 the first round of three clients is sampled as "2 of 3".
        super().__init__(
            min_fit_clients=args.clients,
            min_evaluate_clients=args.clients,
            min_available_clients=args.clients,
            initial_parameters=ndarrays_to_parameters(list(initial.values())),
            on_fit_config_fn=lambda server_round: {"round": server_round},
            evaluate_metrics_aggregation_fn=weighted_accuracy,
            **options,
        )
        self.artifacts, self.as_weights, self.exact = args.run / "artifacts", as_weights, exact
        self.rounds, self.clients = args.rounds, args.clients
        self.least = min(args.min_clients, args.clients)
        self.done: list[int] = []
        self.weights: Weights = {}
        save_arrays(round_file(self.artifacts, 0), initial)

    def configure_fit(self, server_round, parameters, client_manager):
        instructions = super().configure_fit(server_round, parameters, client_manager)
        # All must come to begin; from then on a federation that lost a client goes on without it.
        self.min_fit_clients = self.min_evaluate_clients = self.min_available_clients = self.least
        if len(instructions) < self.clients:
            print_line(f"round {server_round} goes on with {len(instructions)} of {self.clients} clients")
        return instructions

    def aggregate_fit(self, server_round, results, failures):
        for failure in failures:
            # Flower logs how many failed, never why. A client that died is a GrpcBridgeClosed().
            print_line(f"round {server_round}: a client failed: {failure!r}")
        # In the order of the clients, not of their arrival: sums of floats depend on the order, and over
        # hundreds of steps the last digit of a weight becomes its second.
        results = sorted(results, key=lambda result: int(result[1].metrics["client"]))
        for _, fit in results:
            weights = self.as_weights(parameters_to_ndarrays(fit.parameters))
            if keeps_updates(server_round, self.rounds, self.clients, weights):
                client = int(fit.metrics["client"])
                save_update(self.artifacts, server_round, client, weights, fit.num_examples)
            wide = in_64_bits(weights) if self.exact else weights
            if wide is not weights:  # a second copy of VGG-16 would be half a gigabyte
                fit.parameters = ndarrays_to_parameters(list(wide.values()))
        parameters, metrics = super().aggregate_fit(server_round, results, failures)
        # Without a single result Flower keeps the old weights and calls the next round all the same.
        if parameters is not None:
            self.weights = self.as_weights(parameters_to_ndarrays(parameters))
            if self.exact:
                parameters = ndarrays_to_parameters(list(self.weights.values()))
            save_arrays(round_file(self.artifacts, server_round), self.weights)
            self.done.append(server_round)
        return parameters, metrics

    def aggregate_evaluate(self, server_round, results, failures):
        loss, metrics = super().aggregate_evaluate(server_round, results, failures)
        # Flower logs no accuracy at all; this is its own view, on the clients' data.
        if loss is not None:
            print_metric(server_round, "client", flower_loss=loss, flower_accuracy=metrics["accuracy"])
        return loss, metrics


def weighted_accuracy(results: list[tuple[int, dict]]) -> dict:
    """Flower leaves the averaging of a client's metrics to you."""
    total = sum(examples for examples, _ in results)
    return {"accuracy": sum(examples * metrics["accuracy"] for examples, metrics in results) / total}


def recording(strategy: type) -> type:
    """A strategy of Flower's that records. Named for what it is, since Flower logs the name."""
    return type(f"Recording{strategy.__name__}", (Recording, strategy), {})


def add_arguments(parser: argparse.ArgumentParser, rounds: int, round_timeout: float) -> None:
    """What every such server is told; `rounds` and `round_timeout` are defaults."""
    parser.add_argument("--address", required=True, help="host:port to listen on")
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--min-clients", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the next client")
    parser.add_argument(
        "--round-timeout", type=float, default=round_timeout, help="seconds for a client's answer"
    )
    parser.add_argument("--message-limit", type=int, default=1 << 30, help="bytes of one gRPC message")


def serve(
    args: argparse.Namespace, strategy: Recording, save_final: Callable[[Path, Weights], object]
) -> None:
    """Runs the federation, saves what it made and ends the process, with a sentence where it fell short."""
    outcome = OK
    try:
        fl.server.start_server(
            server_address=args.address,
            strategy=strategy,
            client_manager=ImpatientClientManager(args.patience),
            config=fl.server.ServerConfig(num_rounds=args.rounds, round_timeout=args.round_timeout),
            grpc_max_message_length=args.message_limit,
        )
    except TooFewClientsError as too_few:
        outcome = str(too_few)
    if outcome == OK and len(strategy.done) < args.rounds:
        outcome = f"{len(strategy.done)} of {args.rounds} rounds had a result"
    if strategy.done:
        save_final(strategy.artifacts, strategy.weights)
    declare_end(args.run / "work", outcome)
    sys.exit(0 if outcome == OK else outcome)
