"""The experiment's author of OpenFL's director flow (1.7), whatever the task: submits code and initial weights
to the director, follows the rounds, takes the model home."""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from logging import WARNING, getLogger
from pathlib import Path
from typing import Any

import grpc
from openfl.interface.interactive_api.experiment import FLExperiment, TaskInterface
from openfl.interface.interactive_api.federation import Federation

from federation_end import OK, declare_end
from metric_line import print_line, print_metric
from openfl_shard import ShardData
from weight_files import Weights, round_file


@dataclass(frozen=True)
class Submission:
    """What a task says about itself.

    `model` makes a ModelInterface with the initial weights; `weights_of` reads the weights of a model that
    it provides; `save_final` writes artifacts/final/.
    """

    task: str
    tasks: TaskInterface
    model: Callable[[], Any]
    weights_of: Callable[[Any], Weights]
    save_final: Callable[[Path, Weights], None]


class OrderedFederation(Federation):
    """The director lists its envoys as they came. Sums of floats depend on their order: always the same one,
    or no run repeats."""

    def get_shard_registry(self):
        known = super().get_shard_registry()
        return {name: known[name] for name in sorted(known, key=lambda name: int(name.rpartition("-")[2]))}


def wait_for_envoys(federation: Federation, clients: int, patience: float) -> None:
    """Who is not there at the submission is not part of the experiment."""
    until, there = time.monotonic() + patience, 0
    while there < clients:
        if time.monotonic() > until:
            sys.exit(f"error: only {there} of {clients} envoys came to the director within {patience:g} s")
        time.sleep(0.5)
        try:
            there = sum(envoy["is_online"] for envoy in federation.get_shard_registry().values())
        except grpc.RpcError:
            # The director raises a KeyError while an envoy has registered, and has not yet asked for work.
            continue


def print_stream(experiment: FLExperiment, name: str, first: bool) -> None:
    """Prints the metrics that the director streams. OpenFL's round r scores the weights that round r began
    with: in our counting those *after* r rounds."""
    try:
        for row in experiment.federation.dir_client.stream_metrics(name):
            round, origin, task = row["round"], row["metric_origin"], row["task_name"]
            print_line(
                f"{name} round {round}: {origin} {task} {row['metric_name']} {row['metric_value']:.4f}"
            )
            if first and origin == "aggregator" and task == "aggregated_model_validate":
                print_metric(round, "client", openfl_accuracy=row["metric_value"])
    except grpc.RpcError as error:
        print_line(f"the stream of metrics has ended: {error.code().name}")


def follow(experiment: FLExperiment, name: str, first: bool) -> None:
    """Until the director says that the experiment has ended; of one that failed, the stream never ends."""
    stream = threading.Thread(target=print_stream, args=(experiment, name, first), daemon=True)
    stream.start()
    getLogger("openfl.transport.grpc.director_client").setLevel(WARNING)  # a line for every look
    while experiment.get_experiment_status() not in ("finished", "failed"):
        time.sleep(1)
    stream.join(timeout=5)


def settings_of(args: argparse.Namespace, artifacts: Path, label: str) -> dict[str, Any]:
    """What is overridden in OpenFL's own plan."""
    settings = {
        "aggregator.template": "openfl_director_aggregator.RecordingAggregator",
        "aggregator.settings.artifacts": str(artifacts),
        "aggregator.settings.label": label,
        # else OpenFL adds the new weights' distance to the old ones, which is not the new weights to the bit
        "aggregator.settings.use_delta_updates": False,
        "network.settings.agg_port": args.aggregator_port,  # else OpenFL derives it from the plan's hash
    }
    if args.round_timeout:
        policy = "openfl.component.straggler_handling_functions.CutoffTimeBasedStragglerHandling"
        settings |= {
            "straggler_handling_policy.template": policy,
            "straggler_handling_policy.settings.straggler_cutoff_time": args.round_timeout,
            "straggler_handling_policy.settings.minimum_reporting": min(args.min_clients, args.clients),
        }
    return settings


def run_experiment(
    federation: Federation, submission: Submission, args: argparse.Namespace, number: int
) -> str:
    """Submits and follows one experiment. Returns OK, or what went wrong."""
    name, first = f"{submission.task}-{number}", number == 1
    artifacts = args.run / "artifacts" if first else args.run / "artifacts" / f"experiment-{number}"
    experiment = FLExperiment(federation=federation, experiment_name=name)
    experiment.start(
        model_provider=submission.model(),
        task_keeper=submission.tasks,
        data_loader=ShardData(),
        rounds_to_train=args.rounds,
        opt_treatment="RESET",
        override_config=settings_of(args, artifacts, "" if first else f"EXPERIMENT {number}, "),
    )
    print_line(f"{name} is submitted")
    follow(experiment, name, first)
    done = sum(round_file(artifacts, round).exists() for round in range(1, args.rounds + 1))
    if done:
        # The models live in the director's memory: who wants them must ask while it lives.
        submission.save_final(artifacts, submission.weights_of(experiment.get_last_model()))
    experiment.remove_experiment_data()
    return (
        OK if done == args.rounds else f"{name} ended after {done} of {args.rounds} rounds: see the director"
    )


def add_arguments(parser: argparse.ArgumentParser, rounds: int) -> None:
    """What every such script is told; `rounds` is a default."""
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--director-port", type=int, required=True)
    parser.add_argument("--aggregator-port", type=int, required=True)
    parser.add_argument("--experiments", type=int, default=1, help="how often to submit it")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--min-clients", type=int, default=2)
    parser.add_argument("--round-timeout", type=float, default=0.0, help="seconds; 0 waits for ever")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for all envoys")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local training")
    parser.add_argument("--certificates", type=Path, help="folder of the certificates; without it no TLS")


def submit(args: argparse.Namespace, workspace: Path, make: Callable[[], Submission]) -> None:
    """Submits the experiment as often as asked for, and ends the process.

    All that lies in the folder it works in is sent to the director and to every envoy: at first a copy of
    `workspace`, whose modules `make` may import.
    """
    shutil.copytree(workspace, ".", dirs_exist_ok=True)
    certificates = {}
    if args.certificates:
        certificates = {
            "cert_chain": str(args.certificates / "root_ca.crt"),
            "api_cert": str(args.certificates / "experiment.crt"),
            "api_private_key": str(args.certificates / "experiment.key"),
        }
    federation = OrderedFederation(
        director_node_fqdn="localhost",
        director_port=args.director_port,
        tls=bool(certificates),
        **certificates,
    )
    submission = make()
    try:
        wait_for_envoys(federation, args.clients, args.patience)
        ends = (
            run_experiment(federation, submission, args, number) for number in range(1, args.experiments + 1)
        )
        wrong = next((end for end in ends if end != OK), OK)
    except grpc.RpcError as error:
        wrong = f"the director does not answer any more: {error.code().name}"
    declare_end(args.run / "work", wrong)
    sys.exit(0 if wrong == OK else f"error: {wrong}")
