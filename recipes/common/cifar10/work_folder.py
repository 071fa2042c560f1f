"""What `prepare` leaves in the run's work folder, and how the others read it. Numpy only.

train-images.npy      (rows, 32, 32, 3) uint8: all training images as published; clients map it into memory
                      and take their own rows
train-labels.npy      (rows,) int64
held-out-images.npy   the test images, which no client has; held-out-labels.npy their labels
split.npz             `client-1`, `client-2`, …: the row numbers of each client, ascending
initial.npz           the weights that every federation starts from, under torch's names
task.json             seed, architecture, sizes, label histograms, a check of the order of the batches
hashes.json           what data, split, order and weights hash to
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from batch_order import batch_order
from cifar10.pixels import cropped_and_flipped, normalized
from cifar10.vgg import Architecture
from weight_files import Weights, fingerprint, load_arrays

UNION = "union"
TASK = "task.json"
HASHES = "hashes.json"
SPLIT = "split.npz"
INITIAL = "initial.npz"


class WorkFolderError(Exception):
    """The work folder is not what `prepare` left there."""


@dataclass(frozen=True)
class Shard:
    """The training images of one client (counted from 1), and what it sees of them in every round."""

    images: np.ndarray
    labels: np.ndarray
    seed: int
    client: int
    augment: bool = False

    def order_of(self, round: int, epochs: int = 1) -> np.ndarray:
        """Row numbers of `round` (counted from 1), shape (epochs, rows)."""
        return batch_order(self.seed, round, self.client, len(self.labels), epochs)

    def batches(
        self, round: int, epochs: int = 1, batch_size: int = 32
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All that a client trains on in `round`, epoch after epoch: images (rows, 32, 32, 3) float32,
        cropped, flipped and normalized, and labels int64. The last batch of an epoch may be smaller."""
        for images, labels in self.stored_batches(round, epochs, batch_size):
            yield normalized(images), labels

    def stored_batches(
        self, round: int, epochs: int = 1, batch_size: int = 32
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same before they are normalized: uint8, a quarter of the bytes, for whoever must keep or send
        a whole round of them."""
        step = 0
        for epoch in self.order_of(round, epochs):
            for start in range(0, len(epoch), batch_size):
                step += 1
                rows = epoch[start : start + batch_size]
                images = self.images[rows]
                if self.augment:
                    rng = np.random.default_rng([self.seed, round, self.client, step])
                    images = cropped_and_flipped(images, rng)
                yield images, self.labels[rows]


def shard_name(client: int) -> str:
    """`client-1` for the first client."""
    return f"client-{client}"


def load_task(work: Path) -> dict[str, Any]:
    """What `prepare` wrote down about the task."""
    task: dict[str, Any] = json.loads((work / TASK).read_text())
    return task


def load_architecture(work: Path) -> Architecture:
    """The model that this run is about."""
    return Architecture(**load_task(work)["architecture"])


def load_shard(work: Path, client: int) -> Shard:
    """Reads the images of `client`, counted from 1, and nobody else's.

    The order of its rows is drawn here and not read, since 10,000 rounds of it would be a gigabyte;
    numpy promises no equal draws across versions, so the first round is compared with what `prepare` drew.
    """
    return _shard(work, load_arrays(work / SPLIT)[shard_name(client)], client, shard_name(client))


def load_union(work: Path) -> Shard:
    """Every image that some client has, once, in the order of client 1: what a centralized training sees."""
    return _shard(work, union_of(list(load_arrays(work / SPLIT).values())), 1, UNION)


def union_of(parts: list[np.ndarray]) -> np.ndarray:
    """The rows that some client has, ascending."""
    return np.unique(np.concatenate(parts))


def load_held_out(work: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (uint8, as stored) and labels of the test part."""
    return np.load(work / "held-out-images.npy"), np.load(work / "held-out-labels.npy")


def load_part_of_held_out(work: Path, client: int) -> tuple[np.ndarray, np.ndarray]:
    """The test images that `client` (from 1) scores where a framework's clients share them out: every image
    is one client's. All of them where there are fewer images than clients."""
    images, labels = load_held_out(work)
    clients = load_task(work)["clients"]
    own = slice(client - 1, None, clients) if clients <= len(labels) else slice(None)
    return images[own], labels[own]


def load_initial(work: Path) -> Weights:
    """The weights that every federation of this run starts from."""
    return load_arrays(work / INITIAL)


def order_hash(shard: Shard) -> str:
    """What the first batches of the first round hash to: order, crops and flips."""
    images, labels = next(shard.batches(1))
    return fingerprint({"order": shard.order_of(1), "images": np.rint(images * 1000), "labels": labels})


def _shard(work: Path, rows: np.ndarray, client: int, name: str) -> Shard:
    task = load_task(work)
    images = np.load(work / "train-images.npy", mmap_mode="r")[rows]
    labels = np.load(work / "train-labels.npy")[rows]
    shard = Shard(images, labels, task["seed"], client, task["augment"])
    if order_hash(shard) != task["first_orders"][name]:
        raise WorkFolderError(
            f"numpy {np.__version__} draws other batches for {name} than prepare did: "
            "results would not be comparable. Use the environment that comes with the recipe."
        )
    return shard
