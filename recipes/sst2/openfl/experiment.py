"""The experiment's author: submits code and initial weights to the director, follows the rounds, takes the
model home. Everything in the folder it works in is sent to the director and to every envoy."""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
import time
from importlib import import_module
from logging import WARNING, getLogger
from pathlib import Path

import grpc
from openfl.interface.interactive_api.experiment import DataInterface, FLExperiment, TaskInterface
from openfl.interface.interactive_api.federation import Federation

from federation_end import OK, declare_end
from metric_line import print_line, print_metric
from sst2.head import score
from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import load_initial, load_task
from weight_files import round_file


class OrderedFederation(Federation):
    """The director lists its envoys as they came. Sums of floats depend on their order: always the same one,
    or no run repeats."""

    def get_shard_registry(self):
        known = super().get_shard_registry()
        return {name: known[name] for name in sorted(known, key=lambda name: int(name.rpartition("-")[2]))}


class ShardData(DataInterface):
    """At the envoy OpenFL puts its shard descriptor in here."""

    @property
    def shard_descriptor(self):
        return self._shard_descriptor

    @shard_descriptor.setter
    def shard_descriptor(self, shard_descriptor):
        self._shard_descriptor = shard_descriptor
        self.train = shard_descriptor.get_dataset("train")
        self.validation = shard_descriptor.get_dataset("validation")

    def get_train_loader(self, **kwargs):
        return self.train

    def get_valid_loader(self, **kwargs):
        return self.validation

    def get_train_data_size(self):
        """An envoy's weight in the average."""
        return len(self.train.y)

    def get_valid_data_size(self):
        return len(self.validation[1])


def tasks_of(args: argparse.Namespace) -> TaskInterface:
    """What the envoys do in a round. The functions travel as they stand here; `head` is a file of the
    workspace, and found there."""
    tasks = TaskInterface()
    head = import_module(f"head_{args.backend}")

    @tasks.add_kwargs(
        epochs=args.local_epochs, batch_size=args.batch_size, lr=args.lr, device=args.device, pause=args.pause
    )
    @tasks.register_fl_task(
        model="model",
        data_loader="shard",
        device="openfl_device",
        optimizer="optimizer",  # its presence is what makes this the training
        round_num="round_num",
    )
    def train(model, shard, openfl_device, optimizer, round_num, epochs, batch_size, lr, device, pause):
        order = shard.order_of(round_num + 1, epochs)  # OpenFL counts from 0
        figures = head.fit(model, shard, order, batch_size, lr, device)
        time.sleep(pause)
        print_metric(round_num + 1, "client", **figures)
        return figures

    @tasks.register_fl_task(model="model", data_loader="sentences", device="device")
    def validate(model, sentences, device):
        # Accuracy alone: get_best_model() takes the greatest of all that is returned here, a loss included.
        accuracy, _ = score(head.HeadAdapter.get_tensor_dict(model), *sentences)
        return {"accuracy": accuracy}

    return tasks


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


def run_experiment(federation: Federation, args: argparse.Namespace, number: int) -> str:
    """Submits and follows one experiment. Returns OK, or what went wrong."""
    name, first = f"sst2-{number}", number == 1
    artifacts = args.run / "artifacts" if first else args.run / "artifacts" / f"experiment-{number}"
    work = args.run / "work"
    head = import_module(f"head_{args.backend}")
    model = head.HeadModel(load_task(work)["width"], args.device, load_initial(work))
    experiment = FLExperiment(federation=federation, experiment_name=name)
    settings = {
        "aggregator.template": "recording_aggregator.RecordingAggregator",
        "aggregator.settings.artifacts": str(artifacts),
        "aggregator.settings.label": "" if first else f"EXPERIMENT {number}, ",
        "network.settings.agg_port": args.aggregator_port,  # else OpenFL derives it from the plan's hash
    }
    if args.round_timeout:
        policy = "openfl.component.straggler_handling_functions.CutoffTimeBasedStragglerHandling"
        settings |= {
            "straggler_handling_policy.template": policy,
            "straggler_handling_policy.settings.straggler_cutoff_time": args.round_timeout,
            "straggler_handling_policy.settings.minimum_reporting": min(args.min_clients, args.clients),
        }
    experiment.start(
        model_provider=model,
        task_keeper=tasks_of(args),
        data_loader=ShardData(),
        rounds_to_train=args.rounds,
        opt_treatment="RESET",
        override_config=settings,
    )
    print_line(f"{name} is submitted")
    follow(experiment, name, first)
    done = sum(round_file(artifacts, round).exists() for round in range(1, args.rounds + 1))
    if done:
        # The models live in the director's memory: who wants them must ask while it lives.
        weights = head.HeadAdapter.get_tensor_dict(experiment.get_last_model())
        save_final(artifacts, weights, args.backend)
    experiment.remove_experiment_data()
    return (
        OK if done == args.rounds else f"{name} ended after {done} of {args.rounds} rounds: see the director"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--director-port", type=int, required=True)
    parser.add_argument("--aggregator-port", type=int, required=True)
    parser.add_argument("--experiments", type=int, default=1, help="how often to submit it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--min-clients", type=int, default=2)
    parser.add_argument("--round-timeout", type=float, default=0.0, help="seconds; 0 waits for ever")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for all envoys")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local training")
    parser.add_argument("--certificates", type=Path, help="folder of the certificates; without it no TLS")
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    shutil.copytree(Path(__file__).parent / "workspace", ".", dirs_exist_ok=True)
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
    try:
        wait_for_envoys(federation, args.clients, args.patience)
        ends = (run_experiment(federation, args, number) for number in range(1, args.experiments + 1))
        wrong = next((end for end in ends if end != OK), OK)
    except grpc.RpcError as error:
        wrong = f"the director does not answer any more: {error.code().name}"
    declare_end(args.run / "work", wrong)
    sys.exit(0 if wrong == OK else f"error: {wrong}")


if __name__ == "__main__":
    main()
