"""What a run starts from: images and initial weights, which are made once and kept in the cache, and the split,
which is drawn anew (it takes milliseconds)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cifar10.images import Source
from cifar10.skew import histograms, skew_of
from cifar10.split import SplitNumbers, split
from cifar10.vgg import Architecture
from cifar10.work_folder import HASHES, INITIAL, SPLIT, TASK, UNION, Shard, order_hash, shard_name, union_of
from kept_folder import kept_folder, link
from weight_files import fingerprint, load_arrays, save_arrays

FORMAT = 1  # of the kept files; another number makes old ones in the cache unused
IMAGES = "images.json"
WEIGHTS = "weights.json"


@dataclass(frozen=True)
class Question:
    """What a run asks `prepare` for."""

    architecture: Architecture
    clients: int
    seed: int
    method: str
    numbers: SplitNumbers
    augment: bool
    limit: int = 0
    test_limit: int = 0


def prepare_work(source: Source, question: Question, cache: Path, work: Path) -> dict[str, Any]:
    """Fills the work folder; returns what is in its task.json. Raises DataError or ValueError."""
    images = kept_images(source, cache)
    labels = np.load(images / "train-labels.npy")
    parts = split(labels, question.clients, question.seed, question.method, question.numbers, question.limit)
    weights = kept_weights(question.architecture, question.seed, cache)
    link(images, work)
    link(weights, work)
    if question.test_limit:
        cut_held_out(work, question.test_limit)

    named = {shard_name(client): rows for client, rows in enumerate(parts, start=1)}
    save_arrays(work / SPLIT, named)
    orders = first_orders(work, named, question)
    counts = histograms(labels, parts)
    task = {
        "seed": question.seed,
        "clients": question.clients,
        "architecture": question.architecture.as_json(),
        "parameters": question.architecture.parameters,
        "augment": question.augment,
        "split": question.method,
        "rows": [len(rows) for rows in parts],
        "labels": counts.tolist(),
        "skew": skew_of(counts),
        "held_out": len(np.load(work / "held-out-labels.npy", mmap_mode="r")),
        "first_orders": orders,
    }
    hashes = {
        "data": json.loads((images / IMAGES).read_text())["sha256"],
        "split": fingerprint(named),
        "order": fingerprint({name: np.array(value) for name, value in orders.items()}),
        "weights": json.loads((weights / WEIGHTS).read_text())["sha256"],
    }
    (work / TASK).write_text(json.dumps(task, indent=2) + "\n")
    (work / HASHES).write_text(json.dumps(hashes, indent=2) + "\n")
    return task


def kept_images(source: Source, cache: Path) -> Path:
    """The images as arrays that can be mapped into memory."""

    def make(folder: Path) -> None:
        found = source.read()
        arrays = {
            "train-images": found.train.images,
            "train-labels": found.train.labels,
            "held-out-images": found.test.images,
            "held-out-labels": found.test.labels,
        }
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", np.ascontiguousarray(array))
        (folder / IMAGES).write_text(json.dumps({"source": str(source.path), "sha256": fingerprint(arrays)}))

    return kept_folder(cache / "cifar10" / "images" / f"{source.identity}-{FORMAT}", IMAGES, make)


def kept_weights(architecture: Architecture, seed: int, cache: Path) -> Path:
    """The initial weights: half a gigabyte for VGG-16, so once for all runs."""
    asked = {**architecture.as_json(), "seed": seed, "format": FORMAT}
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]

    def make(folder: Path) -> None:
        save_arrays(folder / INITIAL, architecture.initial_weights(seed))
        (folder / WEIGHTS).write_text(json.dumps({"sha256": fingerprint(load_arrays(folder / INITIAL))}))

    return kept_folder(cache / "cifar10" / "initial-weights" / key, WEIGHTS, make)


def cut_held_out(work: Path, most: int) -> None:
    """Leaves the first so many test images; what was linked from the cache stays whole there."""
    for name in ("held-out-images.npy", "held-out-labels.npy"):
        whole = np.load(work / name)
        (work / name).unlink()
        np.save(work / name, whole[:most])


def first_orders(work: Path, named: dict[str, np.ndarray], question: Question) -> dict[str, str]:
    """What the first batches of every client hash to, and of one that had all."""
    images = np.load(work / "train-images.npy", mmap_mode="r")
    labels = np.load(work / "train-labels.npy")

    def first(rows: np.ndarray, client: int) -> str:
        return order_hash(Shard(images[rows], labels[rows], question.seed, client, question.augment))

    found = {name: first(rows, client) for client, (name, rows) in enumerate(named.items(), start=1)}
    return found | {UNION: first(union_of(list(named.values())), 1)}
