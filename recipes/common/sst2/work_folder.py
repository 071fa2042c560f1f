"""What `prepare` leaves in the run's work folder, and how the others read it.

shards/client-1.npz   `x` (rows, width) float32 sentence vectors, `y` (rows,) float32 labels 0 and 1,
                      `rows`: their numbers in the training file
held-out.npz          `x`, `y`, `rows` of the 872 validation sentences, which no client has
initial.npz           the head's weights that every federation starts from
task.json             seed, encoder, sizes, a check of the order of the batches
hashes.json           what data, vectors, split, order and weights hash to
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from batch_order import batch_order
from weight_files import Weights, fingerprint, load_arrays

UNION = "union"
TASK = "task.json"
HASHES = "hashes.json"


class WorkFolderError(Exception):
    """The work folder is not what `prepare` left there."""


@dataclass(frozen=True)
class Shard:
    """The training data of one client (counted from 1), and its order in every round."""

    x: np.ndarray
    y: np.ndarray
    seed: int
    client: int

    def order_of(self, round: int, epochs: int = 1) -> np.ndarray:
        """Row numbers of `round` (counted from 1), shape (epochs, rows)."""
        return batch_order(self.seed, round, self.client, len(self.y), epochs)


def shard_name(client: int) -> str:
    """`client-1` for the first client."""
    return f"client-{client}"


def load_task(work: Path) -> dict[str, Any]:
    """What `prepare` wrote down about the task; `task["width"]` is the length of a sentence vector."""
    task: dict[str, Any] = json.loads((work / TASK).read_text())
    return task


def load_shard(work: Path, client: int) -> Shard:
    """Reads the shard of `client`, counted from 1.

    The order of its rows is drawn here and not read, since 10,000 rounds of it would be a gigabyte;
    numpy promises no equal draws across versions, so the first round is compared with what `prepare` drew.
    """
    task = load_task(work)
    arrays = load_arrays(work / "shards" / f"{shard_name(client)}.npz")
    shard = Shard(arrays["x"], arrays["y"], task["seed"], client)
    _check_order(shard, task, shard_name(client))
    return shard


def load_union(work: Path) -> Shard:
    """All shards one after the other, in the order of client 1 of 1: what a centralized training sees."""
    task = load_task(work)
    parts = [load_shard(work, client) for client in range(1, task["clients"] + 1)]
    x, y = np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts])
    union = Shard(x, y, task["seed"], 1)
    _check_order(union, task, UNION)
    return union


def load_held_out(work: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and labels of the validation sentences."""
    arrays = load_arrays(work / "held-out.npz")
    return arrays["x"], arrays["y"]


def load_initial(work: Path) -> Weights:
    """The weights that every federation of this run starts from."""
    return load_arrays(work / "initial.npz")


def order_hash(shard: Shard) -> str:
    """What the order of the first round hashes to."""
    return fingerprint({"order": shard.order_of(1)})


def _check_order(shard: Shard, task: dict[str, Any], name: str) -> None:
    if order_hash(shard) != task["first_orders"][name]:
        raise WorkFolderError(
            f"numpy {np.__version__} draws another order of batches for {name} than prepare did: "
            "results would not be comparable. Use the environment that comes with the recipe."
        )
