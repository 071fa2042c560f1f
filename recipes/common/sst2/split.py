"""Who has which sentences: shuffled by the seed, then cut into equal shards."""

from __future__ import annotations

import numpy as np


def split(total: int, clients: int, seed: int, limit: int = 0) -> list[np.ndarray]:
    """Row numbers of each client (IID). `limit` takes only so many rows of the shuffled ones; 0 takes all.

    All shards have the same size, and the rows left over are dropped: two of 67,349 with three clients,
    as in the chapter. A mean weighted by examples is then the plain one. Raises ValueError.
    """
    rows = np.random.default_rng([seed, 0, 1]).permutation(total)
    if limit:
        rows = rows[:limit]
    size = len(rows) // clients
    if size == 0:
        raise ValueError(f"{len(rows)} sentences are too few for {clients} clients")
    return [rows[client * size : (client + 1) * size] for client in range(clients)]
