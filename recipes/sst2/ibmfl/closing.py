"""Writes the final model, and says how the federation ended: the aggregator exits with 0 whatever happened."""

from __future__ import annotations

import argparse
from pathlib import Path

from ibmfl_closing import close
from sst2.local_training import BACKENDS, save_final


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--backend", choices=BACKENDS, default="keras", help="whose format the final model has"
    )
    args = parser.parse_args()
    close(args.run, args.rounds, lambda artifacts, weights: save_final(artifacts, weights, args.backend))


if __name__ == "__main__":
    main()
