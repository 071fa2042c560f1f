"""Recomputes what a digits run claims, from its artifacts alone: python verify.py RUN_FOLDER

- the accuracy and loss of artifacts/final/ on the held-out images, against the last of metrics.jsonl
- the average of the recorded client weights of every round, against that round's global weights

It shares no code with the recipes. Exit 1, and what differs, when a difference is over 1e-6.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-6


def load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """The greatest absolute difference between two sets of weights."""
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def score(weights: dict[str, np.ndarray], images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    hidden = (images @ weights["hidden_weight"] + weights["hidden_bias"]).clip(min=0)
    logits = hidden @ weights["output_weight"] + weights["output_bias"]
    log_sums = np.log(np.exp(logits).sum(axis=1))
    losses = log_sums - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return float(np.mean(logits.argmax(axis=1) == labels)), float(losses.mean())


def average_of_clients(files: list[Path]) -> dict[str, np.ndarray]:
    updates = [load(file) for file in files]
    counts = [int(update.pop("num_examples")) for update in updates]
    return {
        name: np.average([update[name] for update in updates], axis=0, weights=counts) for name in updates[0]
    }


def last_metrics(run: Path) -> dict[str, float]:
    """The last value of every global metric; empty where fltui recorded none."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [row for row in map(json.loads, lines) if row.get("scope") == "global"]
    return {row["name"]: row["value"] for row in rows}


def number_of(file: Path) -> int:
    """The round of `round-012.npz`. As text, round 1000 would come before round 999."""
    return int(file.stem.partition("-")[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, help="the run folder")
    run = parser.parse_args().run

    held_out = load(run / "work" / "held-out.npz")
    accuracy, loss = score(load(run / "artifacts/final/model.npz"), held_out["images"], held_out["labels"])
    differences: dict[str, float] = {}
    claimed = last_metrics(run)
    for name, value in {"accuracy": accuracy, "loss": loss}.items():
        if name in claimed:
            differences[f"final {name}"] = abs(claimed[name] - value)
    rounds = sorted((run / "artifacts").glob("round-*.npz"), key=number_of)
    for file in rounds:
        clients = sorted((run / "artifacts" / "clients").glob(f"{file.stem}-client-*.npz"))
        if clients:
            differences[file.stem] = difference(load(file), average_of_clients(clients))
    differences["final weights"] = difference(load(rounds[-1]), load(run / "artifacts/final/model.npz"))

    wrong = {name: value for name, value in differences.items() if not value <= TOLERANCE}
    print(
        json.dumps({"accuracy": accuracy, "loss": loss, "differences": differences, "wrong": wrong}, indent=2)
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
