"""Line numbers of a large, growing file, counted when asked for and remembered sparsely."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable

_STEP = 1 << 20

Read = Callable[[int, int], bytes]  # (offset, size) -> at most size bytes


class LineNumbers:
    """Newlines counted per MiB from the start of the file, as far as anybody asked.

    20 bytes are remembered for each MiB. Line numbers begin with 1.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._before = [0]  # newlines before each multiple of _STEP

    @property
    def counted(self) -> int:
        """How many bytes from the start have been counted."""
        return (len(self._before) - 1) * _STEP

    def count(self, size: int, budget_s: float) -> bool:
        """Counts on towards `size` for about `budget_s` seconds; True when all of it is counted."""
        deadline = time.monotonic() + budget_s
        while self.counted + _STEP <= size:
            if time.monotonic() >= deadline:
                return False
            self._next()
        return True

    def number(self, offset: int) -> int:
        """The number of the line that begins at `offset`."""
        step = self._reach(offset)
        start = step * _STEP
        return self._before[step] + self._read(start, offset - start).count(b"\n") + 1

    def start_of(self, number: int) -> int | None:
        """The offset at which line `number` begins; None when the file has fewer lines."""
        wanted = number - 1  # newlines before it
        if wanted <= 0:
            return 0
        while self._before[-1] < wanted:
            if not self._next():
                break
        step = min(bisect_right(self._before, wanted - 1), len(self._before)) - 1
        left = wanted - self._before[step]
        data = self._read(step * _STEP, _STEP)
        if data.count(b"\n") < left:
            return None
        at = -1
        for _ in range(left):
            at = data.find(b"\n", at + 1)
        return step * _STEP + at + 1

    def _reach(self, offset: int) -> int:
        """The last checkpoint at or before `offset`, counted up to there."""
        step = offset // _STEP
        while len(self._before) <= step and self._next():
            continue
        return min(step, len(self._before) - 1)

    def _next(self) -> bool:
        """Counts one more whole MiB; False when the file does not have it (yet)."""
        data = self._read(self.counted, _STEP)
        if len(data) < _STEP:
            return False
        self._before.append(self._before[-1] + data.count(b"\n"))
        return True
