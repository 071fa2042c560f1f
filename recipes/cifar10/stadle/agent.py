"""A STADLE agent that trains on its pictures: python agent.py --help"""

from __future__ import annotations

import argparse
from functools import partial

from cifar10.local_training import LocalTraining, save_final
from cifar10.torch_vgg import get_weights, set_weights
from cifar10.work_folder import load_shard
from stadle_agent import Task, add_arguments, ending_with_its_threads, take_part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=5)
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    work = args.run / "work"
    training, shard = LocalTraining.of(args, work), load_shard(work, args.client)
    final = partial(save_final, architecture=training.architecture)
    take_part(args, Task(training, shard, len(shard.labels), "pictures", get_weights, set_weights, final))


if __name__ == "__main__":
    ending_with_its_threads(main)
