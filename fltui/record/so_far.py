"""How far a live run has come, from the ends of its files: cheap enough for a list of runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fltui.record.writer import EVENTS, METRICS

_PIECE = 64 * 1024
_MOST = 4 * _PIECE  # of each file, from its end backwards
T = TypeVar("T")


class SoFar(NamedTuple):
    """`metrics`: the newest values of the federated weights."""

    rounds_done: int
    metrics: Mapping[str, float]


def so_far(folder: Path) -> SoFar:
    """Rounds that are done and the newest global metrics, as far as the ends of the files tell."""
    done = next(_rows_back(folder / EVENTS, b'"round"', _done), 0)
    newest: dict[str, float] = {}
    for name, value in _rows_back(folder / METRICS, b'"global"', _global):
        if name in newest:
            break  # an older round
        newest[name] = value
    return SoFar(done, newest)


def _done(row: Mapping[str, Any]) -> int | None:
    data = row.get("data") or {}
    return int(data["round"]) if row.get("kind") == "round" and data.get("phase") == "done" else None


def _global(row: Mapping[str, Any]) -> tuple[str, float] | None:
    return (str(row["name"]), float(row["value"])) if row.get("scope") == "global" else None


def _rows_back(path: Path, holds: bytes, read: Callable[[Mapping[str, Any]], T | None]) -> Iterator[T]:
    """What `read` takes from lines that contain `holds`, the last one first."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        end, rest = os.fstat(fd).st_size, b""
        stop = max(0, end - _MOST)
        while end > stop:
            start = max(stop, end - _PIECE)
            rest, *lines = (os.pread(fd, end - start, start) + rest).split(b"\n")
            end = start
            if start == 0:
                lines.insert(0, rest)
            for line in reversed(lines):
                found = _row(line, read) if holds in line else None
                if found is not None:
                    yield found
    finally:
        os.close(fd)


def _row(line: bytes, read: Callable[[Mapping[str, Any]], T | None]) -> T | None:
    try:
        return read(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError):  # torn, or of another shape
        return None
