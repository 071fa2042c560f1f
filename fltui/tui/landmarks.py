"""What the view adds to a log: where rounds began, what a person marked or typed, where it ended.

Events have times and the log's index tells which bytes were written then; what was typed has its offset.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from fltui.record.log_view import LogView
from fltui.record.views import RoundPhase, RunSnapshot

_INDEX_S = 0.05
_LINES_OF_A_WRITE = 300
_END = 1 << 62


class Landmark(NamedTuple):
    """Stands before the line that holds the byte at `offset`. `kind`: round, mark or input."""

    offset: int
    kind: str
    text: str
    t: float


def written_at(view: LogView, t: float) -> int:
    """The offset of what was written at `t` or next after it.

    An index record stands for the bytes of the 50 ms from its time on: of an older one all were there.
    """
    index = view.index
    after = bisect_right(index, t, key=lambda mark: mark.time)
    if after == 0:
        return 0
    mark = index[after - 1]
    if t - mark.time <= _INDEX_S:
        return mark.file_offset
    return index[after].file_offset if after < len(index) else view.size


class Landmarks:
    """The landmarks of one process, in the order of its log."""

    def __init__(self, round_line: re.Pattern[str] | None = None) -> None:
        """`round_line`: the line by which this process tells a round, with a group `round`."""
        self._round_line = round_line
        self.items: list[Landmark] = []
        self._offsets: list[int] = []
        self._seen = (0, 0, 0)

    def update(self, snapshot: RunSnapshot, typed: list[tuple[int, float]], view: LogView) -> bool:
        """Takes what is new; `typed`: offset and time of each line that a person sent. True when
        there is something new. Starts over when the run was rewound (a replay)."""
        rounds, marks = snapshot.rounds, snapshot.marks
        now = (len(rounds), len(marks), len(typed))
        if now == self._seen:
            return False
        if any(n < seen for n, seen in zip(now, self._seen, strict=True)):
            self.items, self._seen = [], (0, 0, 0)
        seen = self._seen
        fresh = [
            Landmark(self._round_at(view, row), "round", f"round {row.round}", row.t)
            for row in rounds[seen[0] :]
            if row.phase == "started"
        ]
        fresh += [
            Landmark(written_at(view, mark.t), "mark", f"{mark.by or 'you'}: {mark.text}", mark.t)
            for mark in marks[seen[1] :]
        ]
        fresh += [Landmark(view.file_offset(offset), "input", "", t) for offset, t in typed[seen[2] :]]
        self._seen = now
        if fresh:
            self.items = sorted([*self.items, *fresh], key=lambda item: (item.offset, item.t))
            self._offsets = [item.offset for item in self.items]
        return bool(fresh)

    def _round_at(self, view: LogView, row: RoundPhase) -> int:
        """The line that said so, where it is this process that says it."""
        offset = written_at(view, row.t)
        if self._round_line is not None:
            for line in view.lines(max(0, view.line_start(offset)), _LINES_OF_A_WRITE):
                found = self._round_line.search(line.text)
                if found and found["round"] == str(row.round):
                    return line.offset
        return offset

    def after(self, offset: int) -> list[Landmark]:
        """Those that no line has followed yet."""
        return self.within(offset, _END)

    def within(self, start: int, end: int) -> list[Landmark]:
        """Those of the bytes from `start` to before `end`."""
        if not self.items:
            return []
        return self.items[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]
