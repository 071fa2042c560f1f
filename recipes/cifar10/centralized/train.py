"""The baseline: the same model, initial weights and batches, trained on all clients' images in one process.

A round here is what a federation of one client computes in it, its fresh SGD included.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from cifar10.local_training import LocalTraining, save_final
from cifar10.work_folder import load_initial, load_union
from federation_end import declare_end
from metric_line import print_line, print_metric
from weight_files import round_file, save_arrays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every round")
    LocalTraining.add_arguments(parser)
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    training, union = LocalTraining.of(args, work), load_union(work)
    weights = load_initial(work)
    save_arrays(round_file(artifacts, 0), weights)
    for round in range(1, args.rounds + 1):
        print_line(f"[ROUND {round}] {len(union.labels):,} images")
        weights, figures = training.train(weights, union, round)
        time.sleep(args.pause)
        print_metric(round, "client", **figures)
        save_arrays(round_file(artifacts, round), weights)
    save_final(artifacts, weights, training.architecture)
    declare_end(work)


if __name__ == "__main__":
    main()
