"""The Flower server of the book's flow: `start_server`, and a strategy that keeps every round's weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import flwr as fl
from flwr.common import ndarrays_to_parameters, parameters_to_ndarrays
from strategies import ADAPTIVE, STRATEGIES, add_arguments, own_options

from cifar10.local_training import save_final
from cifar10.vgg import Architecture
from cifar10.work_folder import load_architecture, load_initial
from federation_end import OK, declare_end
from metric_line import print_line
from weight_files import in_64_bits, keeps_updates, round_file, save_arrays, save_update


class TooFewClientsError(Exception):
    """Not enough clients came, or stayed."""


class ImpatientClientManager(fl.server.SimpleClientManager):
    """Flower's own manager waits a day (86,400 s) for clients, and logs neither who comes nor who goes."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self.patience = patience

    def register(self, client) -> bool:
        known = super().register(client)
        print_line(f"clients connected: {self.num_available()}")
        return known

    def unregister(self, client) -> None:
        super().unregister(client)
        print_line(f"clients connected: {self.num_available()}")

    def wait_for(self, num_clients: int, timeout: int = 86400) -> bool:
        there = -1
        while not super().wait_for(num_clients, timeout=self.patience):
            if self.num_available() <= there:
                raise TooFewClientsError(
                    f"only {there} of {num_clients} clients, and none came for {self.patience:g} s"
                )
            there = self.num_available()
        return True


class Recording:
    """What is mixed into a strategy of Flower's: it records what the clients sent and what became of it."""

    def __init__(
        self, artifacts: Path, model: Architecture, rounds: int, clients: int, least: int, **options
    ):
        # Flower counts the clients that are there *before* it waits for more: with the default
        # min_fit_clients=2 the first round of three clients is sampled as "2 of 3".
        super().__init__(min_fit_clients=clients, min_available_clients=clients, **options)
        self.artifacts, self.model = artifacts, model
        self.rounds, self.clients, self.least = rounds, clients, least
        self.done: list[int] = []
        self.weights: dict = {}

    def configure_fit(self, server_round, parameters, client_manager):
        instructions = super().configure_fit(server_round, parameters, client_manager)
        # All must come to begin; from then on a federation that lost a client goes on without it.
        self.min_fit_clients = self.min_available_clients = self.least
        if len(instructions) < self.clients:
            print_line(f"round {server_round} goes on with {len(instructions)} of {self.clients} clients")
        return instructions

    def aggregate_fit(self, server_round, results, failures):
        for failure in failures:
            # Flower logs how many failed, never why. A client that died is a GrpcBridgeClosed().
            print_line(f"round {server_round}: a client failed: {failure!r}")
        # In the order of the clients, not of their arrival, on which a sum of floats depends.
        results = sorted(results, key=lambda result: int(result[1].metrics["client"]))
        for _, fit in results:
            weights = self.model.as_weights(parameters_to_ndarrays(fit.parameters))
            if keeps_updates(server_round, self.rounds, self.clients, weights):
                client = int(fit.metrics["client"])
                save_update(self.artifacts, server_round, client, weights, fit.num_examples)
            wide = in_64_bits(weights)
            if wide is not weights:  # a second copy of VGG-16 would be half a gigabyte
                fit.parameters = ndarrays_to_parameters(list(wide.values()))
        parameters, metrics = super().aggregate_fit(server_round, results, failures)
        # Without a single result Flower keeps the old weights and calls the next round all the same.
        if parameters is not None:
            self.weights = self.model.as_weights(parameters_to_ndarrays(parameters))
            parameters = ndarrays_to_parameters(self.model.as_list(self.weights))
            save_arrays(round_file(self.artifacts, server_round), self.weights)
            self.done.append(server_round)
        return parameters, metrics


def strategy_of(args: argparse.Namespace, model: Architecture, initial: dict) -> Recording:
    """The strategy that is asked for, recording. Ends the process with a sentence where it cannot be."""
    if model.norm == "batch" and args.strategy in ADAPTIVE:
        sys.exit(
            f"error: {args.strategy} would take a step on BatchNorm's running variances, too, which may make them "
            "negative; use norm=group"
        )
    # Named for what it is, since Flower logs the name.
    recording = type(
        f"Recording{STRATEGIES[args.strategy].__name__}", (Recording, STRATEGIES[args.strategy]), {}
    )
    return recording(
        args.run / "artifacts",
        model,
        args.rounds,
        args.clients,
        min(args.min_clients, args.clients),
        initial_parameters=ndarrays_to_parameters(model.as_list(initial)),
        on_fit_config_fn=lambda server_round: {"round": server_round},
        # Flower's own evaluation would send every client the weights once more, for a figure that our
        # evaluator gives.
        fraction_evaluate=0.0,
        **own_options(args),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port to listen on")
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--min-clients", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the next client")
    parser.add_argument("--round-timeout", type=float, default=3600.0, help="seconds for a client's answer")
    parser.add_argument("--message-limit", type=int, default=1 << 30, help="bytes of one gRPC message")
    add_arguments(parser)
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    model, initial = load_architecture(work), load_initial(work)
    save_arrays(round_file(artifacts, 0), initial)
    strategy = strategy_of(args, model, initial)
    del initial  # half a gigabyte of VGG-16
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
        save_final(artifacts, strategy.weights, model)
    declare_end(work, outcome)
    sys.exit(0 if outcome == OK else outcome)


if __name__ == "__main__":
    main()
