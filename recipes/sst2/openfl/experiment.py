"""The experiment's author: submits code and initial weights to the director, follows the rounds, takes the
model home. Everything in the folder it works in is sent to the director and to every envoy."""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

from openfl.interface.interactive_api.experiment import TaskInterface

from metric_line import print_metric
from openfl_experiment import Submission, add_arguments, submit
from sst2.head import score
from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import load_initial, load_task


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=3)
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()
    work = args.run / "work"

    def submission() -> Submission:
        head = import_module(f"head_{args.backend}")
        return Submission(
            task="sst2",
            tasks=tasks_of(args),
            model=lambda: head.HeadModel(load_task(work)["width"], args.device, load_initial(work)),
            weights_of=head.HeadAdapter.get_tensor_dict,
            save_final=lambda artifacts, weights: save_final(artifacts, weights, args.backend),
        )

    submit(args, Path(__file__).parent / "workspace", submission)


if __name__ == "__main__":
    main()
