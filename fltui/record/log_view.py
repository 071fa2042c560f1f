"""A log as lines, without reading it all: 2 GB open at once, and any part of it is a read away.

Lines are named by the offset in the file at which they begin. Everything is read in bounded pieces
from an open file that may grow meanwhile; nothing is kept but a few numbers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from fltui.record import log_search
from fltui.record.line_numbers import LineNumbers
from fltui.record.log_index import Gap, LogIndex
from fltui.record.log_search import Hit

LONGEST_LINE = 64 * 1024
_CHUNK = 64 * 1024
_SCAN = 1 << 20
_MOST_LONG_LINES = 256


class Line(NamedTuple):
    """One line. `end`: where the next one begins; `data`: its bytes without the newline, at most
    64 KiB of them; `cut`: how many more there are; `complete`: it has its newline.

    Of a longer line the beginning is kept, or, where it redraws itself with a carriage return, the
    end: that is what a terminal would show.
    """

    offset: int
    end: int
    data: bytes
    cut: int
    complete: bool

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class LogView:
    """Read access to one `NAME.log` and its `NAME.idx`. Either may not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.index = LogIndex(self.path.with_suffix(".idx"))
        self._fd = -1
        self._numbers = LineNumbers(self._read)
        self._long: dict[int, int] = {}  # start of a long line -> as far as it is known to reach

    def close(self) -> None:
        self.index.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._fd).st_size if self._open() else 0

    # -- lines -------------------------------------------------------------------------------

    def lines(self, offset: int, n: int) -> list[Line]:
        """At most `n` lines from the one that begins at `offset`; the last may be incomplete."""
        found: list[Line] = []
        start, data, at = offset, b"", 0  # the line at `start` is at `at` in `data`
        while len(found) < n:
            end = data.find(b"\n", at)
            if end < 0:
                data, at = self._read(start, max(_CHUNK + 1, min((n - len(found)) * 256, _SCAN))), 0
                if not data:
                    break
                end = data.find(b"\n")
            if 0 <= end - at <= LONGEST_LINE:
                line = Line(start, start + end - at + 1, data[at:end], 0, True)
                at = end + 1
            else:
                line = self._line_at(start)
                data, at = b"", 0
            found.append(line)
            start = line.end
        return found

    def before(self, offset: int, n: int) -> list[Line]:
        """At most `n` lines that end at or before `offset` (where a line begins), in order."""
        return [line for line in self.lines(self._lines_back(offset, n), n) if line.end <= offset]

    def _lines_back(self, offset: int, n: int) -> int:
        """Where the `n`-th line before `offset` begins: mostly found in the one piece that is read here."""
        first, start, left = max(0, offset - _CHUNK), offset, n
        data = self._read(first, offset - first)
        while left and (newline := data.rfind(b"\n", 0, max(0, start - first - 1))) >= 0:
            start, left = first + newline + 1, left - 1
        while left and start > 0:
            start, left = self.line_start(start - 1), left - 1
        return start

    def last(self, n: int) -> list[Line]:
        """The last `n` lines, an incomplete one among them."""
        size = self.size
        if size == 0:
            return []
        start = self.line_start(size - 1)
        return [*self.before(start, n - 1), *self.lines(start, 1)] if n > 0 else []

    def line_start(self, offset: int) -> int:
        """Where the line begins that holds the byte at `offset` (its newline belongs to it)."""
        offset = max(0, min(offset, self.size))
        end = offset
        while end > 0:
            known = self._long_line_around(end)
            if known is not None:
                return known
            start = max(0, end - (_CHUNK if offset - end < _SCAN else _SCAN))
            at = self._read(start, end - start).rfind(b"\n")
            if at >= 0:
                end = start + at + 1
                break
            end = start
        if offset - end > LONGEST_LINE:
            self._remember_long(end, offset)
        return end

    # -- numbers, times, places ----------------------------------------------------------------

    def line_number(self, offset: int) -> int:
        """The number (from 1) of the line that begins at `offset`. The first call counts up to there:
        about 2 GB a second; `count_lines` does it beforehand, in slices."""
        return self._numbers.number(min(offset, self.size))

    def offset_of_line(self, number: int) -> int | None:
        """Where line `number` begins; None when there are fewer."""
        start = self._numbers.start_of(number)
        return None if start is None or (start >= self.size and number > 1) else start

    def count_lines(self, budget_s: float = 0.02) -> bool:
        """Counts lines ahead for that long; True when the whole file is counted."""
        return self._numbers.count(self.size, budget_s)

    def time_at(self, offset: int) -> float | None:
        """Unix time at which the byte at `offset` was written; None without an index."""
        return self.index.time_at(offset)

    def offset_at(self, time: float) -> int:
        """The line that was being written at a Unix time, as the offset where it begins."""
        return self.line_start(min(self.index.offset_at(time), self.size))

    def file_offset(self, child_offset: int) -> int:
        """Where a byte of the child's output (as events name it) is in the file."""
        return min(self.index.file_offset(child_offset), self.size)

    def gaps(self) -> list[Gap]:
        """Where a full disk swallowed bytes."""
        return self.index.gaps()

    # -- search --------------------------------------------------------------------------------

    def search(
        self,
        pattern: re.Pattern[bytes],
        start: int = 0,
        backwards: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Hit]:
        """Yields the lines that match (`log_search.compile_search`), as they are found.

        Forwards from the line that begins at `start`; backwards those before it. `stop` is asked
        once a MiB, so that another thread can end a search that finds nothing; closing the
        generator ends it too.
        """
        if backwards:
            return log_search.backwards(self._read, min(start, self.size), pattern, stop)
        return log_search.forwards(self._read, start, self.size, pattern, stop)

    # -- bytes -----------------------------------------------------------------------------------

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes of the file, exactly as they are."""
        return self._read(offset, size)

    def _open(self) -> bool:
        if self._fd < 0:
            try:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        return True

    def _read(self, offset: int, size: int) -> bytes:
        return os.pread(self._fd, size, offset) if size > 0 and self._open() else b""

    # -- long lines ------------------------------------------------------------------------------

    def _line_at(self, start: int) -> Line:
        """The line at `start` when its end is far away or missing."""
        end, complete = self._end_of(start)
        length = end - start - complete
        if length <= LONGEST_LINE:
            return Line(start, end, self._read(start, length), 0, complete)
        tail = self._read(start + length - LONGEST_LINE, LONGEST_LINE)
        redraws = b"\r" in tail.rstrip(b"\r")
        data = tail if redraws else self._read(start, LONGEST_LINE)
        return Line(start, end, data, length - len(data), complete)

    def _end_of(self, start: int) -> tuple[int, bool]:
        """Where the line at `start` ends, and whether a newline is there. Resumes an earlier scan."""
        at = max(start, self._long.get(start, start))
        while data := self._read(at, _SCAN):
            found = data.find(b"\n")
            if found >= 0:
                if at + found - start > LONGEST_LINE:
                    self._remember_long(start, at + found)
                return at + found + 1, True
            at += len(data)
        if at - start > LONGEST_LINE:
            self._remember_long(start, at)
        return at, False

    def _remember_long(self, start: int, reaches: int) -> None:
        """The bytes from `start` to `reaches` hold no newline: nobody needs to look again."""
        if len(self._long) >= _MOST_LONG_LINES:
            del self._long[next(iter(self._long))]
        self._long[start] = max(reaches, self._long.get(start, 0))

    def _long_line_around(self, end: int) -> int | None:
        for start, reaches in self._long.items():
            if start < end <= reaches:
                return start
        return None
