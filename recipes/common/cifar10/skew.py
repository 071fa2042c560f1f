"""How unlike the clients are: label histograms, and one number for all of it. Numpy only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cifar10.split import CLASSES

NAMES = ("plane", "auto", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def histograms(labels: np.ndarray, parts: Sequence[np.ndarray]) -> np.ndarray:
    """How many images of each class each client has, shape (clients, 10)."""
    return np.stack([np.bincount(labels[rows], minlength=CLASSES) for rows in parts])


def skew_of(counts: np.ndarray) -> float:
    """The mean over the clients of the total variation distance between the distribution of their labels
    and the uniform one: 0 where all have as much of every class, 0.9 where each has a single class."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(np.abs(shares - 1 / CLASSES).sum(axis=1).mean() / 2)


def table(counts: np.ndarray) -> Iterator[str]:
    """The histograms as lines for a log: a row a client, a column a class."""
    yield f"{'images':<10}" + "".join(f"{name:>7}" for name in (*NAMES, "all"))
    for client, row in enumerate(counts, start=1):
        yield f"client-{client:<3}" + "".join(f"{number:>7,}" for number in (*row, row.sum()))
