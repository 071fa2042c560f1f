"""Who has which images: six ways, all decided by the seed. Numpy only.

class_focus           the chapter's: the classes are divided among the clients; a client has the part
                      `sel_count` of each of its own classes and `def_count` of every other. Those others are
                      the first of their class, the same for all clients: shards overlap
class_focus_disjoint  every image once, clients of equal size; `focus` of a class lies with its owner, the
                      rest evenly with the others: skew that does not change the amount of data
iid                   shuffled and cut into equal parts
dirichlet             a class is divided among the clients by shares drawn from Dir(alpha) (Hsu et al. 2019)
shards                sorted by label and cut; each client gets `shards_per_client` of the pieces (McMahan et al. 2017)
quantity              labels as in iid, but sizes drawn from Dir(alpha)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CLASSES = 10


@dataclass(frozen=True)
class SplitNumbers:
    """The numbers of the splits; each reads its own."""

    sel_count: float = 1.0
    def_count: float = 0.2
    focus: float = 0.8
    alpha: float = 0.5
    shards_per_client: int = 2


def split(
    labels: np.ndarray,
    clients: int,
    seed: int,
    method: str = "iid",
    numbers: SplitNumbers | None = None,
    limit: int = 0,
) -> list[np.ndarray]:
    """Row numbers of each client, ascending. `limit` divides only so many of the shuffled rows; 0 takes all.

    Raises ValueError, with a sentence for people, where a client would get nothing.
    """
    rng = np.random.default_rng([seed, 0, 1])
    pool = rng.permutation(len(labels))
    if limit:
        pool = pool[:limit]
    if len(pool) < clients:
        raise ValueError(f"{len(pool)} images are too few for {clients} clients")
    parts = SPLITS[method](labels[pool], clients, rng, numbers or SplitNumbers())
    empty = [client for client, part in enumerate(parts, start=1) if not len(part)]
    if empty:
        raise ValueError(
            f"split={method} leaves client-{empty[0]} without an image ({len(pool)} images, {clients} clients)"
        )
    return [np.sort(pool[part]) for part in parts]


def class_focus(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Clients 1, 2, 3 of three own 3, 3 and 4 classes. Over ten clients, several own the same class and
    divide their part of it among them."""
    of_class, owners = rows_of_classes(labels), owners_of_classes(clients)
    parts: list[list[np.ndarray]] = [[] for _ in range(clients)]
    for rows, own in zip(of_class, owners, strict=True):
        selected, default = rows[: part_of(numbers.sel_count, rows)], rows[: part_of(numbers.def_count, rows)]
        dealt = dict(zip(own, np.array_split(selected, len(own)), strict=True))
        for client in range(clients):
            parts[client].append(dealt.get(client, default))
    return [np.concatenate(part) for part in parts]


def class_focus_disjoint(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Ten classes are no multiple of three clients, and clients are to be of equal size: so the images,
    class after class, are one line cut into equal pieces, and a class on a cut has two owners."""
    of_class = rows_of_classes(labels)
    sizes = np.array([len(rows) for rows in of_class])
    if clients == 1:
        return [np.arange(len(labels))]
    ends = np.cumsum(sizes)
    cuts = np.arange(clients + 1) * len(labels) / clients
    owned = np.clip(
        np.minimum(cuts[1:, None], ends) - np.maximum(cuts[:-1, None], ends - sizes), 0, None
    )  # (clients, classes): how many images of each class lie in the client's piece
    wanted = numbers.focus * owned + (1 - numbers.focus) / (clients - 1) * (sizes - owned)
    return deal(of_class, rounded(wanted, sizes))


def iid(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Rows left over are dropped, so that a mean weighted by examples is the plain one."""
    size = len(labels) // clients
    return [np.arange(client * size, (client + 1) * size) for client in range(clients)]


def dirichlet(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Where the draw leaves a client without an image, it gets one from the client that has most."""
    of_class = rows_of_classes(labels)
    shares = rng.dirichlet(np.full(clients, numbers.alpha), CLASSES)
    counts = np.stack(
        [whole_numbers(share, len(rows)) for share, rows in zip(shares, of_class, strict=True)], axis=1
    )
    for client in np.flatnonzero(counts.sum(axis=1) == 0):
        richest = counts.sum(axis=1).argmax()
        given = counts[richest].argmax()
        counts[richest, given] -= 1
        counts[client, given] += 1
    return deal(of_class, counts)


def shards(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Pieces of equal size; rows left over are dropped before the sorting, so from all classes."""
    pieces = clients * numbers.shards_per_client
    size = len(labels) // pieces
    if size == 0:
        raise ValueError(
            f"{len(labels)} images are too few for {clients} clients with {numbers.shards_per_client} shards each"
        )
    by_label = np.argsort(labels[: pieces * size], kind="stable").reshape(pieces, size)
    dealt = rng.permutation(pieces).reshape(clients, numbers.shards_per_client)
    return [by_label[mine].ravel() for mine in dealt]


def quantity(
    labels: np.ndarray, clients: int, rng: np.random.Generator, numbers: SplitNumbers
) -> list[np.ndarray]:
    """Every client has at least one image."""
    shares = rng.dirichlet(np.full(clients, numbers.alpha))
    sizes = 1 + whole_numbers(shares, len(labels) - clients)
    return np.split(np.arange(len(labels)), np.cumsum(sizes)[:-1])


SPLITS: dict[str, Callable[[np.ndarray, int, np.random.Generator, SplitNumbers], list[np.ndarray]]] = {
    "class_focus": class_focus,
    "class_focus_disjoint": class_focus_disjoint,
    "iid": iid,
    "dirichlet": dirichlet,
    "shards": shards,
    "quantity": quantity,
}


def owners_of_classes(clients: int) -> list[list[int]]:
    """The clients (from 0) that own each class: one, or several where clients outnumber classes."""
    if clients > CLASSES:
        firsts = [client * CLASSES // clients for client in range(clients)]
        return [[client for client in range(clients) if firsts[client] == label] for label in range(CLASSES)]
    return [
        [client]
        for client in range(clients)
        for _ in range(client * CLASSES // clients, (client + 1) * CLASSES // clients)
    ]


def rows_of_classes(labels: np.ndarray) -> list[np.ndarray]:
    """The rows of each class, in the order in which they come."""
    return [np.flatnonzero(labels == label) for label in range(CLASSES)]


def part_of(share: float, rows: np.ndarray) -> int:
    """How many rows a share is, rounded down (0.29 of 100 are 29, although in floats they are a little less)."""
    return math.floor(share * len(rows) + 1e-9)


def deal(of_class: list[np.ndarray], counts: np.ndarray) -> list[np.ndarray]:
    """Divides the rows of each class among the clients by `counts` (clients, classes)."""
    cut = [np.split(rows, np.cumsum(column)[:-1]) for rows, column in zip(of_class, counts.T, strict=True)]
    return [np.concatenate([pieces[client] for pieces in cut]) for client in range(len(counts))]


def whole_numbers(shares: np.ndarray, total: int) -> np.ndarray:
    """`total` divided by shares that add up to 1: rounded down, the rest to the greatest remainders."""
    exact = shares * total
    counts = np.floor(exact).astype(np.int64)
    most = np.argsort(counts - exact, kind="stable")[: total - counts.sum()]
    counts[most] += 1
    return counts


def rounded(wanted: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Whole numbers near `wanted` (clients, classes): columns add up to `sizes`, rows are equal but for one."""
    clients, total = len(wanted), int(sizes.sum())
    counts = np.floor(wanted + 1e-9).astype(np.int64)
    missing = whole_numbers(np.full(clients, 1 / clients), total) - counts.sum(axis=1)
    for label, left in enumerate(sizes - counts.sum(axis=0)):
        for _ in range(left):
            # the client that lacks most; of those that lack equally, the one whose share was cut most
            client = np.lexsort((counts[:, label] - wanted[:, label], -missing))[0]
            counts[client, label] += 1
            missing[client] -= 1
    return counts
