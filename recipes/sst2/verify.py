"""Recomputes what an SST-2 run claims, from its artifacts alone: python verify.py RUN_FOLDER [--retrain]

- the accuracy and loss of artifacts/final/ on the validation sentences, against the last of metrics.jsonl:
  of model.npz in numpy, and of model.keras (by Keras) or model.pt (by torch), whichever the run left
- the average of the recorded client weights of every round, against that round's global weights
- with --retrain: every round, trained again in numpy from the round before it and the run's own shards,
  against that round's global weights. It sees what accuracy does not: an optimizer that was not reset,
  another order of the batches, a shard in another's place. A client's round of more than 10 steps is not
  judged: by then a hidden unit is just above zero here and just below there, and Adam makes a whole step of
  it, so that rounding alone moves weights by .04 in the 351 steps of a third of all sentences

It shares no code with the recipes, and wants a Python with numpy and the backend, such as that of the
environment the run trained in. Exit 1, and what differs, when a difference is over 1e-6; a loss that a
backend computed in 32-bit floats may be 1e-5 off, weights that it trained 1e-4.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
from numpy_reference import federated_round

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
TOLERANCE, FLOAT32_TOLERANCE, TRAINED_TOLERANCE = 1e-6, 1e-5, 1e-4
MOST_STEPS = 10


def load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """The greatest absolute difference between two sets of weights."""
    return max(float(np.abs(one[name].astype(np.float64) - other[name]).max()) for name in one)


def by_numpy(path: Path, x: np.ndarray) -> np.ndarray:
    w = {name: array.astype(np.float64) for name, array in load(path).items()}
    for layer in ("hidden1", "hidden2"):
        x = (x @ w[f"{layer}_kernel"] + w[f"{layer}_bias"]).clip(min=0)
    return 1 / (1 + np.exp(-(x @ w["output_kernel"] + w["output_bias"])[:, 0]))


def by_keras(path: Path, x: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    return tf.keras.models.load_model(path, compile=False).predict(x, verbose=0)[:, 0].astype(np.float64)


def by_torch(path: Path, x: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        return torch.jit.load(path)(torch.from_numpy(x))[:, 0].double().numpy()


READERS = {"model.npz": by_numpy, "model.keras": by_keras, "model.pt": by_torch}


def score(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    chosen = np.where(labels > 0.5, probabilities, 1 - probabilities)
    return float(np.mean((probabilities > 0.5) == (labels > 0.5))), float(-np.log(chosen).mean())


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


def shards_of(run: Path, centralized: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """(x, y) of every client; of all together where the training was in one place."""
    clients = json.loads((run / "work" / "task.json").read_text())["clients"]
    arrays = [load(run / "work" / "shards" / f"client-{client}.npz") for client in range(1, clients + 1)]
    parts = [(shard["x"], shard["y"]) for shard in arrays]
    return [tuple(map(np.concatenate, zip(*parts, strict=True)))] if centralized else parts


def retrained(run: Path) -> tuple[dict[str, float], float]:
    """How far the global weights of every round are from what numpy makes of the round before it, and what
    is tolerable."""
    plan = json.loads((run / "manifest.json").read_text())["plan"]
    params = plan["params"]
    shards, files = shards_of(run, plan["framework"] == "centralized"), rounds_of(run)
    found = {}
    for number, file in files.items():
        if number - 1 in files:
            expected = federated_round(
                load(files[number - 1]),
                shards,
                number,
                params["seed"],
                params["local_epochs"],
                params["batch_size"],
                params["lr"],
            )
            found[f"{file.stem} retrained"] = difference(expected, load(file))
    steps = params["local_epochs"] * max(-(-len(y) // params["batch_size"]) for _, y in shards)
    return found, TRAINED_TOLERANCE if steps <= MOST_STEPS else math.inf


def rounds_of(run: Path) -> dict[int, Path]:
    """The recorded global weights, by round; round 0 is what all began with."""
    files = sorted((run / "artifacts").glob("round-*.npz"))
    return {int(file.stem.partition("-")[2]): file for file in files}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, help="the run folder")
    parser.add_argument("--retrain", action="store_true", help="train every round again in numpy")
    args = parser.parse_args()
    run = args.run

    held_out, final = load(run / "work" / "held-out.npz"), run / "artifacts" / "final"
    claimed, found, differences, wrong = last_metrics(run), {}, {}, {}

    def compare(what: str, value: float, tolerance: float = TOLERANCE) -> None:
        differences[what] = value
        if not value <= tolerance:
            wrong[what] = value

    for name, probabilities in READERS.items():
        if not (final / name).exists():
            continue
        accuracy, loss = score(probabilities(final / name, held_out["x"]), held_out["y"])
        found[name] = {"accuracy": accuracy, "loss": loss}
        if "accuracy" in claimed:
            compare(f"accuracy of {name}", abs(claimed["accuracy"] - accuracy))
        if "loss" in claimed:
            tolerance = TOLERANCE if name == "model.npz" else FLOAT32_TOLERANCE
            compare(f"loss of {name}", abs(claimed["loss"] - loss), tolerance)
    rounds = rounds_of(run)
    for file in rounds.values():
        clients = sorted((run / "artifacts" / "clients").glob(f"{file.stem}-client-*.npz"))
        if clients:
            compare(file.stem, difference(load(file), average_of_clients(clients)))
    compare("final weights", difference(load(rounds[max(rounds)]), load(final / "model.npz")))
    if args.retrain:
        again, tolerance = retrained(run)
        for what, value in again.items():
            compare(what, value, tolerance)

    print(json.dumps({"found": found, "differences": differences, "wrong": wrong}, indent=2))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
