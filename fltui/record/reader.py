"""Reads a run folder's streams: all of them at once, or what is new since the last look.

A torn last line (it is being written, or its writer died) is left alone. A complete line that is no
row becomes an event `loss` (bytes, file) where events are read, and is left out elsewhere.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from fltui.facts.records import Event, Metric, Resource
from fltui.record.manifest import RunFolderError, read_manifest
from fltui.record.writer import EVENTS, METRICS, RESOURCES

__all__ = ["Follower", "RunFolderError", "read_events", "read_manifest", "read_metrics", "read_resources"]

Row = Event | Metric | Resource
Kind = TypeVar("Kind", Event, Metric, Resource)

_CHUNK = 4 * 1024 * 1024
_RECENT_BYTES = 256 * 1024


def read_events(folder: Path) -> list[Event]:
    """All events of a run so far, in order."""
    return [row for row in _Stream(Path(folder) / EVENTS, _event).poll() if isinstance(row, Event)]


def read_metrics(folder: Path) -> list[Metric]:
    """All metrics of a run so far, in order."""
    return [row for row in _Stream(Path(folder) / METRICS, _metric).poll() if isinstance(row, Metric)]


def read_resources(folder: Path) -> list[Resource]:
    """All resource samples of a run so far, in order."""
    return [row for row in _Stream(Path(folder) / RESOURCES, _resource).poll() if isinstance(row, Resource)]


class Follower:
    """Follows a run: each `poll` returns the rows that came since the one before, merged by time.

    A poll without news costs three stat calls. `recent_resources`: of the resource samples that
    are there at the first poll only the last few seconds are read (a day of them is 500 MB).
    """

    def __init__(self, folder: Path, recent_resources: bool = False) -> None:
        folder = Path(folder)
        self._streams = [
            _Stream(folder / EVENTS, _event),
            _Stream(folder / METRICS, _metric),
            _Stream(folder / RESOURCES, _resource, _RECENT_BYTES if recent_resources else None),
        ]

    def poll(self) -> list[Row]:
        """New rows; those of one stream keep their order whatever the clock did."""
        # The order of reading matters: `end` is the last thing written, so what is read after the
        # events is complete when they hold it.
        found = [stream.poll() for stream in self._streams]
        news = [rows for rows in found if rows]
        if len(news) <= 1:
            return news[0] if news else []
        return list(heapq.merge(*reversed(news), key=lambda row: row.t))


class _Stream:
    """The new complete lines of one file, as rows."""

    def __init__(self, path: Path, parse: Callable[[dict[str, Any]], Row], recent: int | None = None) -> None:
        self._path = path
        self._parse = parse
        self._recent = recent
        self._offset = 0  # where the first line not yet returned begins
        self._size = 0  # of the file at the last look
        self._t = 0.0

    def poll(self) -> list[Row]:
        try:
            size = os.stat(self._path).st_size
        except (FileNotFoundError, NotADirectoryError):
            return []
        if size == self._size:
            return []
        self._size = size
        rows: list[Row] = []
        with open(self._path, "rb") as file:
            self._skip(file.fileno(), size)
            for line in self._lines(file.fileno()):
                rows.append(self._row(line))
        return rows

    def _skip(self, fd: int, size: int) -> None:
        """At the first look, begins near the end when only recent rows are wanted."""
        recent, self._recent = self._recent, None
        if recent is not None and size > recent:
            start = size - recent
            at = os.pread(fd, recent, start).find(b"\n")
            self._offset = start + at + 1 if at >= 0 else size

    def _lines(self, fd: int) -> Iterator[bytes]:
        while True:
            data = os.pread(fd, _CHUNK, self._offset)
            while b"\n" not in data:
                more = os.pread(fd, _CHUNK, self._offset + len(data))
                if not more:
                    return
                data += more
            end = data.rfind(b"\n") + 1
            self._offset += end
            yield from data[: end - 1].split(b"\n")

    def _row(self, line: bytes) -> Row:
        try:
            row = self._parse(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):  # no JSON, or not of this shape
            return Event(self._t, "loss", None, {"bytes": len(line) + 1, "file": self._path.name})
        self._t = row.t
        return row


def _event(row: dict[str, Any]) -> Event:
    return Event(float(row["t"]), row["kind"], row.get("process"), row.get("data") or {})


def _metric(row: dict[str, Any]) -> Metric:
    # float() also reads "nan" and "inf", as which JSON holds numbers that are not finite
    return Metric(
        float(row["t"]), row["round"], row["process"], row["scope"], row["name"], float(row["value"])
    )


def _resource(row: dict[str, Any]) -> Resource:
    known = {key: value for key, value in row.items() if key in _RESOURCE_FIELDS}
    return Resource(**{**known, "t": float(row["t"])})


_RESOURCE_FIELDS = frozenset(Resource.__dataclass_fields__)
