"""Writes the final model, and says how the federation ended: the aggregator exits with 0 whatever happened."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cifar10.local_training import save_final
from cifar10.work_folder import load_architecture
from federation_end import OK, declare_end
from weight_files import load_arrays, round_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()

    artifacts, work = args.run / "artifacts", args.run / "work"
    done = sum(round_file(artifacts, number).exists() for number in range(1, args.rounds + 1))
    outcome = (
        OK if done == args.rounds else f"IBM FL's TRAIN came to an end after {done} of {args.rounds} rounds"
    )
    if done:
        numbers = [int(file.stem.split("-")[1]) for file in artifacts.glob("round-*.npz")]
        save_final(artifacts, load_arrays(round_file(artifacts, max(numbers))), load_architecture(work))
    declare_end(work, outcome)
    sys.exit(0 if outcome == OK else outcome)


if __name__ == "__main__":
    main()
