"""Writes the final model, and says how the federation ended: the aggregator exits with 0 whatever happened."""

from __future__ import annotations

import argparse
from pathlib import Path

from cifar10.local_training import save_final
from cifar10.work_folder import load_architecture
from ibmfl_closing import close


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    model = load_architecture(args.run / "work")
    close(args.run, args.rounds, lambda artifacts, weights: save_final(artifacts, weights, model))


if __name__ == "__main__":
    main()
