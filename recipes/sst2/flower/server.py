"""The Flower server of the book's flow: `start_server`, and FedAvg that keeps every round's weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import flwr as fl
from flwr.common import ndarrays_to_parameters, parameters_to_ndarrays

from federation_end import OK, declare_end
from metric_line import print_line, print_metric
from sst2.head import as_list, as_weights
from sst2.local_training import BACKENDS, save_final
from sst2.work_folder import load_initial
from weight_files import keeps_updates, round_file, save_arrays, save_update


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


class RecordingFedAvg(fl.server.strategy.FedAvg):
    """FedAvg that records what the clients sent and what became of it."""

    def __init__(self, artifacts: Path, rounds: int, clients: int, min_clients: int, **options) -> None:
        # Flower counts the clients that are there *before* it waits for more: with the default
        # min_fit_clients=2 the first round of three clients is sampled as "2 of 3".
        super().__init__(
            min_fit_clients=clients, min_evaluate_clients=clients, min_available_clients=clients, **options
        )
        self.artifacts, self.rounds, self.clients, self.least = artifacts, rounds, clients, min_clients
        self.done: list[int] = []
        self.weights: dict = {}

    def configure_fit(self, server_round, parameters, client_manager):
        instructions = super().configure_fit(server_round, parameters, client_manager)
        # All must come to begin; from then on a federation that lost a client goes on without it.
        self.min_fit_clients = self.min_evaluate_clients = self.min_available_clients = self.least
        if len(instructions) < self.clients:
            print(
                f"round {server_round} goes on with {len(instructions)} of {self.clients} clients", flush=True
            )
        return instructions

    def aggregate_fit(self, server_round, results, failures):
        for failure in failures:
            # Flower logs how many failed, never why. A client that died is a GrpcBridgeClosed().
            print_line(f"round {server_round}: a client failed: {failure!r}")
        # In the order of the clients, not of their arrival: sums of floats depend on the order, and over
        # 350 steps the last digit of a weight becomes its second.
        results = sorted(results, key=lambda result: int(result[1].metrics["client"]))
        for _, fit in results:
            weights = as_weights(parameters_to_ndarrays(fit.parameters))
            if keeps_updates(server_round, self.rounds, self.clients, weights):
                save_update(
                    self.artifacts, server_round, int(fit.metrics["client"]), weights, fit.num_examples
                )
        parameters, metrics = super().aggregate_fit(server_round, results, failures)
        # Without a single result Flower keeps the old weights and calls the next round all the same.
        if parameters is not None:
            self.weights = as_weights(parameters_to_ndarrays(parameters))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port to listen on")
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--min-clients", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the next client")
    parser.add_argument("--round-timeout", type=float, default=600.0, help="seconds for a client's answer")
    parser.add_argument("--message-limit", type=int, default=1 << 30, help="bytes of one gRPC message")
    parser.add_argument(
        "--backend", choices=BACKENDS, default="keras", help="whose format the final model has"
    )
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    initial = load_initial(work)
    save_arrays(round_file(artifacts, 0), initial)
    strategy = RecordingFedAvg(
        artifacts,
        args.rounds,
        args.clients,
        min(args.min_clients, args.clients),
        initial_parameters=ndarrays_to_parameters(as_list(initial)),
        on_fit_config_fn=lambda server_round: {"round": server_round},
        evaluate_metrics_aggregation_fn=weighted_accuracy,
    )
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
        save_final(artifacts, strategy.weights, args.backend)
    declare_end(work, outcome)
    sys.exit(0 if outcome == OK else outcome)


if __name__ == "__main__":
    main()
