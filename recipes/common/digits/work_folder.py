"""What `prepare` leaves in the run's work folder, and how the others read it.

shards/client-1.npz   `images` (rows, 64) in 0..1, `labels` (rows,), `rows`: their numbers in the data set
shards/union.npz      all shards, one after the other: what a centralized training sees
order/client-1.npy    row order of every round, shape (rounds, epochs, rows); order/union.npy likewise
held-out.npz          `images`, `labels`, `rows` that no client has
initial.npz           the weights every federation starts from
hashes.json           what all of it hashes to
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from weight_files import Weights, load_arrays

UNION = "union"


@dataclass(frozen=True)
class Shard:
    """The training data of one client, and its order in every round."""

    images: np.ndarray
    labels: np.ndarray
    order: np.ndarray

    def order_of(self, round: int) -> np.ndarray:
        """The row order of `round` (counted from 1), shape (epochs, rows)."""
        return np.asarray(self.order[round - 1])


def shard_name(client: int) -> str:
    """`client-1` for the first client."""
    return f"client-{client}"


def load_shard(work: Path, name: str) -> Shard:
    """Reads the shard `client-1`, … or `union`."""
    arrays = load_arrays(work / "shards" / f"{name}.npz")
    order = np.load(work / "order" / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return Shard(arrays["images"], arrays["labels"], order)


def load_held_out(work: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of the held-out part."""
    arrays = load_arrays(work / "held-out.npz")
    return arrays["images"], arrays["labels"]


def load_initial(work: Path) -> Weights:
    """The weights that every federation of this run starts from."""
    return load_arrays(work / "initial.npz")
