"""What the view adds to a log: where rounds began, what a person marked or typed, where it ended.

Events have times and the log's index tells which bytes were written then; what was typed has its offset.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from fltui.record.log_view import LogView
from fltui.record.views import RunSnapshot


class Landmark(NamedTuple):
    """Stands before the line that holds the byte at `offset`. `kind`: round, mark or input."""

    offset: int
    kind: str
    text: str
    t: float


class Landmarks:
    """The landmarks of one process, in the order of its log."""

    def __init__(self) -> None:
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
            Landmark(view.offset_at(row.t), "round", f"round {row.round}", row.t)
            for row in rounds[seen[0] :]
            if row.phase == "started"
        ]
        fresh += [
            Landmark(view.offset_at(mark.t), "mark", f"{mark.by or 'you'}: {mark.text}", mark.t)
            for mark in marks[seen[1] :]
        ]
        fresh += [Landmark(view.file_offset(offset), "input", "", t) for offset, t in typed[seen[2] :]]
        self._seen = now
        if fresh:
            self.items = sorted([*self.items, *fresh], key=lambda item: (item.offset, item.t))
            self._offsets = [item.offset for item in self.items]
        return bool(fresh)

    def within(self, start: int, end: int) -> list[Landmark]:
        """Those of the bytes from `start` to before `end`."""
        if not self.items:
            return []
        return self.items[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]
