"""Who has which images: the held-out part and the shards, decided by the seed."""

from __future__ import annotations

import numpy as np

HELD_OUT = 360


def split(total: int, clients: int, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Row numbers of the held-out part and of each client: shuffled, then cut (IID).

    Shards differ by at most one row.
    """
    rows = np.random.default_rng([seed, 0, 1]).permutation(total)
    return rows[:HELD_OUT], np.array_split(rows[HELD_OUT:], clients)
