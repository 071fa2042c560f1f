"""`artifacts/split.json`: who has how many examples of which class, as a recipe's own processes wrote it.

    {"split": "class_focus", "classes": ["plane", …], "labels": [[5000, 250, …], …], "skew": 0.52}

`labels` has a row a client and a column a class. It may be absent, half written or wrong: it is not ours.
"""

from __future__ import annotations

import json
import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPLIT = Path("artifacts") / "split.json"
_MOST_BYTES = 4_000_000  # a thousand clients of a thousand classes take about that much


class SplitError(ValueError):
    """A split that cannot be shown; as a sentence."""


@dataclass(frozen=True)
class Split:
    """`labels`: counts, a row a client, a column a class. `skew`: the mean over the clients of the total
    variation distance from an equal share of every class, 0 (all alike) to 1 - 1/classes."""

    name: str
    classes: tuple[str, ...]
    labels: tuple[tuple[int, ...], ...]
    skew: float

    @property
    def most(self) -> int:
        """The largest count that anybody has of anything."""
        return max((max(row) for row in self.labels), default=0)

    @property
    def worst(self) -> float:
        """The skew where every client has a single class."""
        return 1 - 1 / len(self.classes)


def distance(row: tuple[int, ...]) -> float | None:
    """Total variation distance of one client's labels from an equal share of each; None: it has no example."""
    total = sum(row)
    return sum(abs(count / total - 1 / len(row)) for count in row) / 2 if total else None


def split_stamp(folder: Path) -> tuple[int, int] | None:
    """Another value when the split of a run has been written anew; None while there is none."""
    try:
        found = (folder / SPLIT).stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


def read_split(folder: Path) -> Split | None:
    """The split of the run in `folder`, None when it recorded none. Raises SplitError when it is damaged."""
    stamp = split_stamp(folder)
    if stamp is None:
        return None
    if stamp[1] > _MOST_BYTES:
        raise SplitError(f"{SPLIT} cannot be shown: it has {stamp[1]:,} bytes, more than a split needs")
    try:
        value = json.loads((folder / SPLIT).read_bytes())
    except OSError as error:
        raise SplitError(f"{SPLIT} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SplitError(f"{SPLIT} cannot be read: it is no JSON ({error})") from None
    return _split_of(value)


def _split_of(value: Any) -> Split:
    if not isinstance(value, dict):
        raise SplitError(f"{SPLIT} cannot be read: it is no JSON object")
    classes, rows = value.get("classes"), value.get("labels")
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        raise SplitError(f"{SPLIT} cannot be read: `classes` is no list of names")
    if not isinstance(rows, list) or not rows:
        raise SplitError(f"{SPLIT} cannot be read: `labels` is no list with a row a client")
    labels = tuple(_row(row, client, len(classes)) for client, row in enumerate(rows, start=1))
    return Split(str(value.get("split") or ""), tuple(classes), labels, _skew(value.get("skew"), labels))


def _row(row: Any, client: int, classes: int) -> tuple[int, ...]:
    counts = isinstance(row, list) and all(type(count) is int and count >= 0 for count in row)
    if not counts or len(row) != classes:
        raise SplitError(
            f"{SPLIT} cannot be read: row {client} of `labels` is no list of {classes} counts, one a class"
        )
    return tuple(row)


def _skew(told: Any, labels: tuple[tuple[int, ...], ...]) -> float:
    """The skew that was recorded, else that of the labels; clients without an example are left out."""
    if type(told) in (int, float) and math.isfinite(told):
        return float(told)
    found = [share for row in labels if (share := distance(row)) is not None]
    return sum(found) / len(found) if found else 0.0
