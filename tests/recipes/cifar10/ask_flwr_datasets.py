"""Prints how skewed and uneven flwr-datasets' partitions are, as BY_FLWR_DATASETS in test_cifar10_split.py has it.

No test, and in no environment: in a virtual environment to be thrown away, outside the checkout,

    python3 -m venv /tmp/flwr-datasets
    /tmp/flwr-datasets/bin/pip install flwr-datasets==0.6.1
    /tmp/flwr-datasets/bin/python tests/recipes/cifar10/ask_flwr_datasets.py
"""

from __future__ import annotations

import json

import numpy as np
from datasets import Dataset
from flwr_datasets.partitioner import DirichletPartitioner, Partitioner, ShardPartitioner

CLASSES, OF_EACH, SEEDS = 10, 100, 60
LABELS = np.repeat(np.arange(CLASSES), OF_EACH)
# As in the test: (split, clients, its number).
ASKED = [
    *(("dirichlet", clients, {"alpha": alpha}) for clients in (3, 10) for alpha in (0.1, 0.5, 2.0)),
    ("shards", 10, {"shards_per_client": 2}),
]


def partitioner_of(split: str, clients: int, numbers: dict[str, float], seed: int) -> Partitioner:
    if split == "shards":
        return ShardPartitioner(
            clients,
            "label",
            num_shards_per_partition=int(numbers["shards_per_client"]),
            shuffle=True,
            seed=seed,
        )
    return DirichletPartitioner(
        clients, "label", alpha=numbers["alpha"], min_partition_size=1, self_balancing=False, seed=seed
    )


def histograms(partitioner: Partitioner, clients: int) -> np.ndarray:
    """Who has how many of which label: (clients, classes)."""
    partitioner.dataset = Dataset.from_dict({"label": LABELS})
    parts = [np.asarray(partitioner.load_partition(client)["label"]) for client in range(clients)]
    return np.stack([np.bincount(part, minlength=CLASSES) for part in parts])


def skew_of(counts: np.ndarray) -> float:
    """Mean total variation distance of a client's labels from uniform."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(np.mean(np.abs(shares - 1 / CLASSES).sum(axis=1) / 2))


for split, clients, numbers in ASKED:
    found = [histograms(partitioner_of(split, clients, numbers, seed), clients) for seed in range(SEEDS)]
    sizes = np.sort([counts.sum(axis=1) for counts in found])
    skew = np.mean([skew_of(counts) for counts in found])
    print(
        f'("{split}", {clients}, {json.dumps(numbers)}, {skew:.3f}, {sizes[:, 0].mean():.0f}, {sizes[:, -1].mean():.0f}),'
    )
