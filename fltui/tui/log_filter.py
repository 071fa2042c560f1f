"""Only the lines that match, of a log of any size: found piece by piece, never all of them kept.

It answers what a LogView answers (`lines`, `before`, `last`), within a time budget: a piece of a large
log at each look. What was found and how far it came is remembered until the same is asked again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from fltui.record import log_search
from fltui.record.log_search import ANSI
from fltui.record.log_view import Line, LogView

_PIECE = 256 << 10  # all hits of a piece are found before its last one is known: 6 ms where each line is one
_BUDGET_S = 0.03

# What counts as a level of at least …; a traceback has none of its own but is an error.
LEVELS: dict[str, str] = {
    "warning": r"\b(?:WARN(?:ING)?|ERROR|CRITICAL|FATAL|EXCEPTION)\b|Traceback \(|\w+(?:Error|Exception)\b",
    "error": r"\b(?:ERROR|CRITICAL|FATAL|EXCEPTION)\b|Traceback \(|\w+(?:Error|Exception)\b",
}


class LogFilter:
    """`patterns` must all match a line. `unfinished`: the last answer may lack lines; ask again."""

    def __init__(self, view: LogView, patterns: list[re.Pattern[bytes]]) -> None:
        self._view = view
        self._first, *self._others = patterns
        self.unfinished = False
        self._ahead: tuple[int, list[Line], int] = (-1, [], 0)  # asked, found, looked at as far as
        self._behind: tuple[int, list[Line], int] = (-1, [], 0)
        self._tail: tuple[list[Line], int, int] = ([], 0, 0)  # found, from, to

    def lines(self, offset: int, n: int) -> list[Line]:
        """At most `n` matching lines from the one at or after `offset`."""
        asked, found, at = self._ahead
        if asked != offset:
            found, at = [], offset
        self.unfinished = False
        late = _deadline()
        while len(found) < n and at < (size := self._view.size):
            end = self._piece_end(at, size)
            for line in self._hits(at, end):
                found.append(line)
                at = line.end
                if len(found) >= n:
                    break
            else:
                at = end
            if late() and len(found) < n and at < size:
                self.unfinished = True
                break
        # The last line may still grow: it is looked at again.
        self._ahead = (offset, found, at) if self.unfinished else (-1, [], 0)
        return found[:n]

    def before(self, offset: int, n: int) -> list[Line]:
        """At most `n` matching lines before the one at `offset`, in order."""
        asked, found, at = self._behind
        if asked != offset:
            found, at = [], offset
        found, at = self._backwards(found, at, 0, n, _deadline())
        self.unfinished = len(found) < n and at > 0
        self._behind = (offset, found, at)
        return found[-n:] if n > 0 else []

    def last(self, n: int) -> list[Line]:
        """The last `n` matching lines."""
        found, start, end = self._tail
        size = self._view.size
        if n <= 0:
            return []
        if end > size:
            found, start, end = [], 0, 0  # it is another file
        late = _deadline()
        keep = self._view.line_start(max(start, end - 1))  # the last line may have grown
        fresh, at = self._backwards([], size, keep, n, late)
        if at > keep:  # enough of them, or too much came: what was known lies behind what was not looked at
            found, start = fresh, at
        else:
            found = [*(line for line in found if line.offset < keep), *fresh]
        found, start = self._backwards(found, start, 0, n, late)
        self.unfinished = len(found) < n and start > 0
        if len(found) > n:
            found = found[-n:]
            start = found[0].offset
        self._tail = (found, start, size)
        return list(found)

    def _backwards(
        self, found: list[Line], at: int, down_to: int, n: int, late: Callable[[], bool]
    ) -> tuple[list[Line], int]:
        """Adds those before `at`, until there are `n` or it is late; also, as far as it came."""
        newest = found[::-1]
        while len(newest) < n and at > down_to:
            begin = self._view.line_start(max(down_to, at - _PIECE))
            hits = list(log_search.forwards(self._view.read, begin, at, self._first, lambda: False))
            for hit in reversed(hits):
                at = hit.offset
                newest += self._if_others_match(at)
                if len(newest) >= n or late():
                    break
            else:
                at = begin
            if late():
                break
        return newest[::-1], at

    def _piece_end(self, start: int, size: int) -> int:
        """Where a line ends, about a piece further on."""
        if start + _PIECE >= size:
            return size
        end = self._view.line_start(start + _PIECE)
        return end if end > start else self._view.lines(start, 1)[0].end

    def _hits(self, start: int, end: int) -> Iterator[Line]:
        for hit in log_search.forwards(self._view.read, start, end, self._first, lambda: False):
            yield from self._if_others_match(hit.offset)

    def _if_others_match(self, offset: int) -> list[Line]:
        line = self._view.lines(offset, 1)[0]
        shown = ANSI.sub(b"", line.data)
        return [line] if all(pattern.search(shown) for pattern in self._others) else []


def _deadline() -> Callable[[], bool]:
    end = time.monotonic() + _BUDGET_S
    return lambda: time.monotonic() >= end
