"""Recomputes what a CIFAR-10 run claims, from its artifacts alone:

    python verify.py RUN_FOLDER [--retrain] [--beside OTHER_RUN]


- accuracy and loss of artifacts/final/model.pt (by torch) or model.keras (by Keras) on the test pictures,
  against the last of metrics.jsonl; and that it, model.npz and the last round have the same weights
- what the recorded client weights of every round make, by the run's strategy (fedavg, fedprox, median,
  trimmed_mean, krum), against that round's global weights
- --retrain: every round, trained again in plain torch from the round before it, against that round's global
  weights (vgg_small; not with an adaptive strategy). It sees what accuracy does not: an optimizer that was
  not reset, another order of the batches, a shard in another's place
- --beside: the global weights of every round against those of another run, whichever framework it was; they
  must come from the same initial weights, and may be --tolerance apart

It shares no code with the recipes, and wants a Python with numpy, torch and TensorFlow, such as that of the
environment `data`. Exit 1, and what differs, when a difference is too great. Torch adds in another order on another
machine, with other threads or in another framework: two answers of all, 1e-4 in the loss, and --tolerance in
weights that were trained may differ.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
WEIGHTS_TOLERANCE, LOSS_TOLERANCE, ANSWERS = 1e-6, 1e-4, 2
Weights = dict[str, np.ndarray]


def load(path: Path) -> Weights:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def difference(one: Weights, other: Weights) -> float:
    """The greatest absolute difference between two sets of weights; infinite where they are not alike."""
    if {name: array.shape for name, array in one.items()} != {
        name: array.shape for name, array in other.items()
    }:
        return float("inf")
    return max(float(np.abs(one[name].astype(np.float64) - other[name]).max()) for name in one)


# -- what a strategy makes of the clients' weights ---------------------------------------------------


def mean(arrays: np.ndarray, examples: list[int], trim: float) -> np.ndarray:
    return np.average(arrays, axis=0, weights=examples)


def median(arrays: np.ndarray, examples: list[int], trim: float) -> np.ndarray:
    return np.median(arrays, axis=0)


def trimmed_mean(arrays: np.ndarray, examples: list[int], trim: float) -> np.ndarray:
    cut = int(trim * len(arrays))
    return np.sort(arrays, axis=0)[cut : len(arrays) - cut].mean(axis=0)


RULES: dict[str, Callable[[np.ndarray, list[int], float], np.ndarray]] = {
    "fedavg": mean,
    "fedprox": mean,
    "median": median,
    "trimmed_mean": trimmed_mean,
}


def aggregated(updates: list[Weights], claimed: Weights, strategy: str, trim: float) -> float | None:
    """How far the claimed weights are from what the strategy makes of the updates; None where the updates
    do not say it (adaptive strategies remember earlier rounds)."""
    examples = [int(update.pop("num_examples")) for update in updates]
    if strategy == "krum":  # one of the clients' models as it is
        return min(difference(claimed, update) for update in updates)
    if strategy not in RULES:
        return None
    made = {
        name: RULES[strategy](
            np.stack([update[name] for update in updates]).astype(np.float64), examples, trim
        )
        for name in claimed
    }
    return difference(made, claimed)


# -- what the final model answers ------------------------------------------------------------------


def by_torch(path: Path, images: np.ndarray, names: list[str]) -> tuple[np.ndarray, Weights]:
    """Logits and weights of the TorchScript, which takes stored pixels."""
    import torch

    model = torch.jit.load(path, map_location="cpu")
    with torch.inference_mode():
        logits = torch.cat([model(part) for part in torch.from_numpy(images).split(250)]).double().numpy()
    weights = {
        name.removeprefix("model."): array.numpy()
        for name, array in model.state_dict().items()
        if name.startswith("model.") and not name.endswith("num_batches_tracked")
    }
    return logits, weights


def by_keras(path: Path, images: np.ndarray, names: list[str]) -> tuple[np.ndarray, Weights]:
    """The same of a Keras model, whose arrays have no names of ours, and their inputs before their outputs."""
    import tensorflow as tf

    model = tf.keras.models.load_model(path, compile=False)
    logits = model.predict(images, batch_size=250, verbose=0).astype(np.float64)
    turned = [array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T for array in model.get_weights()]
    return logits, dict(zip(names, turned, strict=True))


READERS = {"model.pt": by_torch, "model.keras": by_keras}


def score(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean cross-entropy."""
    top = logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0] - logits[np.arange(len(labels)), labels]
    return float((logits.argmax(axis=1) == labels).mean()), float(losses.mean())


def last_metrics(run: Path) -> dict[str, float]:
    """The last value of every global metric; empty where fltui recorded none."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [row for row in map(json.loads, lines) if row.get("scope") == "global"]
    return {row["name"]: row["value"] for row in rows}


def params_of(run: Path) -> dict:
    """The params of the run; empty where there is no manifest."""
    path = run / "manifest.json"
    found: dict = json.loads(path.read_text())["params"] if path.exists() else {}
    return found


def number_of(file: Path) -> int:
    """The round of `round-012.npz`. As text, round 1000 would come before round 999."""
    return int(file.stem.partition("-")[2])


def retrained(run: Path, rounds: list[Path], params: dict, strategy: str, trim: float) -> dict[str, float]:
    """How far the global weights of every round are from what plain torch makes of the round before it.
    Ends the process with a sentence where that cannot be known."""
    from plain_torch import PlainTorch

    plain = PlainTorch(run / "work", params)
    if not plain.knows() or strategy not in (*RULES, "krum"):
        made = plain.task["architecture"]
        sys.exit(
            f"error: {made['model']} with norm {made['norm']} and {strategy} cannot be trained again here"
        )
    if json.loads((run / "manifest.json").read_text())["plan"]["framework"] == "centralized":
        plain.together()
    numbered = {number_of(file): file for file in rounds}
    found: dict[str, float] = {}
    for number, file in numbered.items():
        if number - 1 in numbered:
            updates = plain.updates(load(numbered[number - 1]), number)
            value = aggregated(updates, load(file), strategy, trim)
            found[f"{file.stem} retrained"] = float("inf") if value is None else value
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, help="the run folder")
    parser.add_argument("--retrain", action="store_true", help="train every round again")
    parser.add_argument("--beside", type=Path, action="append", default=[], help="another run's folder")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="between trained weights")
    args = parser.parse_args()
    run = args.run

    differences: dict[str, float] = {}
    wrong: dict[str, float] = {}

    def compare(what: str, value: float, tolerance: float = WEIGHTS_TOLERANCE) -> None:
        differences[what] = value
        if not value <= tolerance:
            wrong[what] = value

    work, final = run / "work", run / "artifacts" / "final"
    rounds = sorted((run / "artifacts").glob("round-*.npz"), key=number_of)
    claimed, params = last_metrics(run), params_of(run)
    found, model = {}, load(final / "model.npz")
    for name, read in READERS.items():
        if not (final / name).exists():
            continue
        images, labels = np.load(work / "held-out-images.npy"), np.load(work / "held-out-labels.npy")
        logits, weights = read(final / name, images, list(model))
        accuracy, loss = score(logits, labels)
        found[name] = {"accuracy": accuracy, "loss": loss}
        compare(f"weights of {name}", difference(weights, model))
        if "accuracy" in claimed:
            allowed = ANSWERS / len(labels) + 1e-9
            compare(f"accuracy of {name}", abs(claimed["accuracy"] - accuracy), allowed)
        if "loss" in claimed:
            compare(f"loss of {name}", abs(claimed["loss"] - loss), LOSS_TOLERANCE)
    compare("weights of model.npz", difference(load(rounds[-1]), model))

    strategy, trim = params.get("strategy", "fedavg"), params.get("trim", 0.0)
    not_recomputed = []
    for file in rounds:
        clients = sorted((run / "artifacts" / "clients").glob(f"{file.stem}-client-*.npz"))
        value = aggregated(list(map(load, clients)), load(file), strategy, trim) if clients else None
        if value is not None:
            compare(file.stem, value)
        elif clients:
            not_recomputed.append(f"{file.stem}: {strategy}")
    if args.retrain:
        for what, value in retrained(run, rounds, params, strategy, trim).items():
            compare(what, value, args.tolerance)

    for other in args.beside:
        theirs = {path.name: path for path in (other / "artifacts").glob("round-*.npz")}
        pairs = [(file, theirs[file.name]) for file in rounds if file.name in theirs]
        if len(pairs) < 2:
            sys.exit(f"error: {other} has no round that {run} has, beside the initial weights")
        for file, their in pairs:
            allowed = 0.0 if file.stem == "round-000" else args.tolerance
            compare(f"{file.stem} beside {other.name}", difference(load(file), load(their)), allowed)

    said = {"found": found, "differences": differences, "wrong": wrong, "not_recomputed": not_recomputed}
    print(json.dumps(said, indent=2))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
