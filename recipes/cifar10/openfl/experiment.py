"""The experiment's author: submits code and initial weights to the director, follows the rounds, takes the
model home. Everything in the folder it works in is sent to the director and to every envoy."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from openfl.interface.interactive_api.experiment import TaskInterface

from cifar10.local_training import LocalTraining, save_final
from cifar10.openfl_strategies import NAMES, Strategy
from cifar10.torch_vgg import fit_in_order, pick_device, score
from cifar10.work_folder import load_architecture, load_initial
from metric_line import print_metric
from openfl_experiment import Submission, add_arguments, submit


def tasks_of(args: argparse.Namespace) -> TaskInterface:
    """What the envoys do in a round, and what the aggregator makes of it. The functions travel as they stand
    here."""
    tasks = TaskInterface()
    strategy = Strategy(args.strategy, str(args.run / "work"), args.server_lr, args.tau)
    mu = args.mu if args.strategy == "fedprox" else 0.0

    @tasks.set_aggregation_function(strategy)
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
        round = round_num + 1  # OpenFL counts from 0
        figures = fit_in_order(model, shard, round, epochs, batch_size, lr, pick_device(device), mu)
        model.zero_grad()  # as large as the model, and it would wait with it
        time.sleep(pause)
        print_metric(round, "client", **figures)
        return figures

    @tasks.register_fl_task(model="model", data_loader="pictures", device="device")
    def validate(model, pictures, device):
        # Accuracy alone: get_best_model() takes the greatest of all that is returned here, a loss included.
        accuracy, _, _ = score(model, *pictures)
        return {"accuracy": accuracy}

    return tasks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=5)
    parser.add_argument("--strategy", choices=NAMES, default="fedavg")
    parser.add_argument("--mu", type=float, default=0.01, help="FedProx")
    parser.add_argument("--server-lr", type=float, default=0.03, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--tau", type=float, default=1e-3, help="FedAdam, FedYogi, FedAdagrad")
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()
    work = args.run / "work"
    architecture = load_architecture(work)

    def submission() -> Submission:
        from vgg_model import VggAdapter, VggModel

        return Submission(
            task="cifar10",
            tasks=tasks_of(args),
            model=lambda: VggModel(architecture, args.device, lambda: load_initial(work)),
            weights_of=VggAdapter.get_tensor_dict,
            save_final=lambda artifacts, weights: save_final(artifacts, weights, architecture),
        )

    submit(args, Path(__file__).parent / "workspace", submission)


if __name__ == "__main__":
    main()
