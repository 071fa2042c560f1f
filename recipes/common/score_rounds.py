"""Scores the global weights of every round as they appear in the artifacts, whatever the task.

One evaluator for all frameworks: what a framework says about its own accuracy is not needed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from federation_end import declared_end
from metric_line import print_metric
from weight_files import MOST_BYTES, Weights, fingerprint, load_arrays, round_file

LOOK_S = 0.1
AHEAD = 20  # a round that failed leaves a gap: look at some of those behind it, too


def score_rounds(run: Path, rounds: int, score: Callable[[Weights], dict[str, float]]) -> Weights:
    """Waits for the rounds 0 to `rounds`, prints what `score` says of each (one of it is `accuracy`), and
    returns the weights of the last. Ends the process with a sentence when the federation ended before."""
    work, artifacts = run / "work", run / "artifacts"
    scored: dict[int, float] = {}
    weights: Weights = {}
    while rounds not in scored:
        end = declared_end(work)  # read before the look: what was written before the end is then seen
        coming = range(max(scored, default=-1) + 1, rounds + 1)
        near = coming if end is not None else coming[:AHEAD]
        todo = [number for number in near if round_file(artifacts, number).exists()]
        for number in todo:
            weights = load_arrays(round_file(artifacts, number))
            values = score(weights)
            scored[number] = values["accuracy"]
            print_metric(number, "global", **values)
            note_weights(artifacts, number, weights)
            thin_out(artifacts, scored, rounds, weights)
        if not todo and end is not None:
            sys.exit(f"the federation ended after {max(len(scored) - 1, 0)} of {rounds} rounds: {end}")
        if not todo:
            time.sleep(LOOK_S)
    return weights


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


def write_confusion(artifacts: Path, labels: np.ndarray, answers: np.ndarray, classes: int) -> None:
    """The confusion matrix: a row for each true class, a column for each answer."""
    matrix = np.zeros((classes, classes), dtype=int)
    np.add.at(matrix, (labels.astype(int), answers.astype(int)), 1)
    np.savetxt(artifacts / "confusion-matrix.csv", matrix, fmt="%d", delimiter=",")
