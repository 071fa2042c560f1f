"""A STADLE agent that trains on its sentences: python agent.py --help"""

from __future__ import annotations

import argparse
from functools import partial

from sst2.head import as_list, as_weights
from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import load_shard
from stadle_agent import Task, add_arguments, ending_with_its_threads, take_part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=3)
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    training, shard = LocalTraining.of(args), load_shard(args.run / "work", args.client)
    read, write = weights_in(args.backend)
    final = partial(save_final, backend=args.backend)
    take_part(args, Task(training, shard, len(shard.y), "sentences", read, write, final))


def weights_in(backend: str):
    """How to read the task's weights in a model that STADLE gave us, and how to put ours into it."""
    if backend == "torch":
        from sst2.torch_head import get_weights, set_weights

        return get_weights, set_weights

    def put(model, weights) -> None:
        model.set_weights(as_list(weights))

    return (lambda model: as_weights(model.get_weights())), put


if __name__ == "__main__":
    ending_with_its_threads(main)
