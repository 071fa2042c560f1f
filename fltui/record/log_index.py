"""Reads a log's index: when a byte was written, and where bytes are missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fltui.record.log_writer import INDEX_RECORD

_CHUNK_RECORDS = 4096


class Mark(NamedTuple):
    """`offset`: in the child's output; `lost`: bytes of it missing from the file before that."""

    time: float
    offset: int
    lost: int

    @property
    def file_offset(self) -> int:
        return self.offset - self.lost


class Gap(NamedTuple):
    """`lost` bytes of the child are missing before `file_offset`; it went on at `time`."""

    file_offset: int
    lost: int
    time: float


class LogIndex:
    """The records of one `.idx` file, searched by halves; it may be absent, or grow meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __len__(self) -> int:
        """How many complete records there are now."""
        if self._fd < 0:
            try:
                self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return 0
        return os.fstat(self._fd).st_size // INDEX_RECORD.size

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __getitem__(self, number: int) -> Mark:
        data = os.pread(self._fd, INDEX_RECORD.size, number * INDEX_RECORD.size)
        return Mark(*INDEX_RECORD.unpack(data))

    def time_at(self, file_offset: int) -> float | None:
        """Unix time of the byte at `file_offset`, exact to 50 ms or 64 KiB; None without an index."""
        mark = self._last(lambda mark: mark.file_offset <= file_offset)
        return mark.time if mark else None

    def offset_at(self, time: float) -> int:
        """The file offset of what was written at `time`; 0 before the first byte."""
        mark = self._last(lambda mark: mark.time <= time)
        return mark.file_offset if mark else 0

    def file_offset(self, child_offset: int) -> int:
        """Where in the file a byte of the child's output is; of a lost one, what follows it."""
        number = self._count(lambda mark: mark.offset <= child_offset)
        here = child_offset - (self[number - 1].lost if number else 0)
        # Bytes lost after that record: the next one bounds how far it reaches.
        return min(here, self[number].file_offset) if number < len(self) else here

    def gaps(self) -> list[Gap]:
        """Where a full disk swallowed bytes, in order."""
        total = len(self)
        if total == 0 or self[total - 1].lost == 0:
            return []
        found: list[Gap] = []
        before = 0
        for first in range(0, total, _CHUNK_RECORDS):
            size = min(_CHUNK_RECORDS, total - first) * INDEX_RECORD.size
            for record in INDEX_RECORD.iter_unpack(os.pread(self._fd, size, first * INDEX_RECORD.size)):
                mark = Mark(*record)
                if mark.lost > before:
                    found.append(Gap(mark.file_offset, mark.lost - before, mark.time))
                    before = mark.lost
        return found

    def _last(self, holds: Callable[[Mark], bool]) -> Mark | None:
        number = self._count(holds)
        return self[number - 1] if number else None

    def _count(self, holds: Callable[[Mark], bool]) -> int:
        """How many records, from the first on, `holds` is true for (it is true, then false)."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if holds(self[middle]):
                low = middle + 1
            else:
                high = middle
        return low
