"""Scores the global weights of every round on the 872 validation sentences, in numpy.

python -m sst2.evaluate --run RUN --rounds 3
"""

from __future__ import annotations

import argparse
from pathlib import Path

from score_rounds import score_rounds, write_confusion
from sst2.head import answers, score
from sst2.work_folder import load_held_out
from weight_files import Weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, required=True)
    args = parser.parse_args()
    vectors, labels = load_held_out(args.run / "work")

    def score_head(weights: Weights) -> dict[str, float]:
        accuracy, loss = score(weights, vectors, labels)
        return {"accuracy": accuracy, "loss": loss}

    last = score_rounds(args.run, args.rounds, score_head)
    write_confusion(args.run / "artifacts", labels, answers(last, vectors), classes=2)


if __name__ == "__main__":
    main()
