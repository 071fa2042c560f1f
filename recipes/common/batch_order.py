"""The order of the batches: drawn once from (seed, round, client), the same for every framework.

With the order given, a framework's own shuffling stays off, and two frameworks that are asked for
the same thing compute the same thing.
"""

from __future__ import annotations

import numpy as np


def batch_order(seed: int, round: int, client: int, rows: int, epochs: int = 1) -> np.ndarray:
    """Row numbers of one client's round, shape (epochs, rows). `round` and `client` count from 1."""
    rng = np.random.default_rng([seed, round, client])
    return np.stack([rng.permutation(rows) for _ in range(epochs)])
