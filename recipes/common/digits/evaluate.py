"""Scores the global weights of every round on the held-out images, as they appear in the artifacts.

One evaluator for all frameworks: what a framework says about its own accuracy is not needed.

    python -m digits.evaluate --run RUN --rounds 3
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from digits.mlp import DIGITS, probabilities, score
from digits.work_folder import load_held_out
from federation_end import declared_end
from metric_line import print_metric
from weight_files import MOST_BYTES, Weights, fingerprint, load_arrays, round_file

LOOK_S = 0.1
AHEAD = 20  # a round that failed leaves a gap: look at some of those behind it, too


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, required=True)
    args = parser.parse_args()
    work, artifacts = args.run / "work", args.run / "artifacts"
    images, labels = load_held_out(work)

    scored: dict[int, float] = {}
    weights: Weights = {}
    while args.rounds not in scored:
        end = declared_end(work)  # read before the look: what was written before the end is then seen
        coming = range(max(scored, default=-1) + 1, args.rounds + 1)
        near = coming if end is not None else coming[:AHEAD]
        todo = [number for number in near if round_file(artifacts, number).exists()]
        for number in todo:
            weights = load_arrays(round_file(artifacts, number))
            accuracy, loss = score(weights, images, labels)
            scored[number] = accuracy
            print_metric(number, "global", accuracy=accuracy, loss=loss)
            note_weights(artifacts, number, weights)
            thin_out(artifacts, scored, args.rounds, weights)
        if not todo and end is not None:
            sys.exit(f"the federation ended after {max(len(scored) - 1, 0)} of {args.rounds} rounds: {end}")
        if not todo:
            time.sleep(LOOK_S)
    write_confusion(artifacts, weights, images, labels)


def note_weights(artifacts: Path, number: int, weights: Weights) -> None:
    """Hash and norm of every array, one JSON line a round: kept even where the weights are not."""
    norms = {name: float(np.linalg.norm(array)) for name, array in weights.items()}
    with (artifacts / "weights.jsonl").open("a") as file:
        file.write(json.dumps({"round": number, "sha256": fingerprint(weights), "norms": norms}) + "\n")


def thin_out(artifacts: Path, scored: dict[int, float], rounds: int, weights: Weights) -> None:
    """Where all rounds together would be over 200 MB, only the first, the best and the last stay."""
    if sum(array.nbytes for array in weights.values()) * (rounds + 1) <= MOST_BYTES:
        return
    best = max(scored, key=lambda number: scored[number])
    for number in set(scored) - {0, 1, best, max(scored), rounds}:
        round_file(artifacts, number).unlink(missing_ok=True)


def write_confusion(artifacts: Path, weights: Weights, images: np.ndarray, labels: np.ndarray) -> None:
    """The confusion matrix of the last round: a row for each true digit, a column for each answer."""
    answers = probabilities(weights, images).argmax(axis=1)
    matrix = np.zeros((DIGITS, DIGITS), dtype=int)
    np.add.at(matrix, (labels, answers), 1)
    np.savetxt(artifacts / "confusion-matrix.csv", matrix, fmt="%d", delimiter=",")


if __name__ == "__main__":
    main()
