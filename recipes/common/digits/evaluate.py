"""Scores the global weights of every round on the held-out images, in numpy.

python -m digits.evaluate --run RUN --rounds 3
"""

from __future__ import annotations

import argparse
from pathlib import Path

from digits.mlp import DIGITS, probabilities, score
from digits.work_folder import load_held_out
from score_rounds import score_rounds, write_confusion
from weight_files import Weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, required=True)
    args = parser.parse_args()
    images, labels = load_held_out(args.run / "work")

    def score_network(weights: Weights) -> dict[str, float]:
        accuracy, loss = score(weights, images, labels)
        return {"accuracy": accuracy, "loss": loss}

    last = score_rounds(args.run, args.rounds, score_network)
    answers = probabilities(last, images).argmax(axis=1)
    write_confusion(args.run / "artifacts", labels, answers, DIGITS)


if __name__ == "__main__":
    main()
