"""What the view adds to a log: where rounds began, what a person marked or typed, where it ended.

Events have times and the log's index tells which bytes were written then; what was typed has its own, and its echo (fltui/tui/echoes.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from fltui.record.log_view import LogView
from fltui.record.views import RoundPhase, RunSnapshot
from fltui.tui.echoes import Echoes, Sent

_INDEX_S = 0.05
_READ_S = 0.25  # how long a busy engine may take from writing a line to understanding it
_LINES_OF_A_WRITE = 3000
_JSON_ROUND = r'^\s*\{"metric":.*"round":\s*(?P<round>\d+)'
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


def round_names(metrics: Iterable[Mapping[str, Any]]) -> tuple[re.Pattern[str], ...]:
    """The lines by which a process names rounds, of the rules in its plan by which its metrics are read."""
    lines = [_JSON_ROUND if rule["kind"] == "json" else str(rule.get("line") or "") for rule in metrics]
    return tuple(re.compile(line) for line in lines if "(?P<round>" in line)


def _lines_naming(
    view: LogView, t: float, number: int, patterns: Sequence[re.Pattern[str]]
) -> tuple[int, int] | None:
    """From where to where lines written about `t` name round `number`: the first one's beginning, the last
    one's end. An event is a little later than the bytes that it was read from."""
    start, end = view.index.offset_at(t - _READ_S), written_at(view, t + _INDEX_S)
    found: tuple[int, int] | None = None
    for line in view.lines(view.line_start(start), _LINES_OF_A_WRITE):
        if line.offset > end:
            break
        for pattern in patterns:
            match = pattern.search(line.text)
            if match and match["round"] == str(number):
                found = (found[0] if found else line.offset, line.end)
    return found


class Landmarks:
    """The landmarks of one process, in the order of its log."""

    def __init__(
        self, round_line: re.Pattern[str] | None = None, names: Sequence[re.Pattern[str]] = ()
    ) -> None:
        """`round_line`: the line by which this process tells that a round begins; `names`: lines that say
        which round they belong to. All have a group `round`."""
        self._round_line = round_line
        self._names = names
        self.items: list[Landmark] = []
        self._offsets: list[int] = []
        self._forget()

    def _forget(self) -> None:
        self._seen: tuple[int, ...] = (0, 0, 0, 0)
        self._last_named: tuple[float, float] | None = None
        self._begun: list[tuple[RoundPhase, int, bool]] = []  # where it was by time, or by its own line
        self._lines: dict[int, tuple[int, int]] = {}  # from its first to after its last line, by round
        self._times: dict[int, tuple[float, float]] = {}
        self._marks: list[Landmark] = []
        self._echoes = Echoes()

    def update(
        self,
        snapshot: RunSnapshot,
        typed: list[Sent],
        view: LogView,
        named: dict[int, tuple[float, float]],
    ) -> bool:
        """Takes what is new; `typed`: the lines that were sent; `named`: when a metric of a round came from
        this process first and last, the newest at the end. True when there is something new. Starts over
        when the run was rewound (a replay)."""
        rounds, marks = snapshot.rounds, snapshot.marks
        now = (len(rounds), len(marks), len(typed), len(named))
        last_named = named[next(reversed(named))] if named else None
        news = now != self._seen or last_named != self._last_named
        if not news and not self._echoes.look(view):
            return False
        if any(n < seen for n, seen in zip(now, self._seen, strict=True)):
            self._forget()
        seen = self._seen
        self._begun += [
            (row, *self._round_at(view, row)) for row in rounds[seen[0] :] if row.phase == "started"
        ]
        self._marks += [
            Landmark(written_at(view, mark.t), "mark", f"{mark.by or 'you'}: {mark.text}", mark.t)
            for mark in marks[seen[1] :]
        ]
        self._echoes.add(typed[seen[2] :])
        self._echoes.look(view)
        self._read_names(view, named)
        self._seen, self._last_named = now, last_named
        before = self.items
        inputs = [Landmark(offset, "input", "", t) for offset, t in self._echoes.places(view)]
        self.items = sorted([*self._marks, *inputs, *self._rounds()], key=lambda item: (item.offset, item.t))
        self._offsets = [item.offset for item in self.items]
        return self.items != before

    def _round_at(self, view: LogView, row: RoundPhase) -> tuple[int, bool]:
        """The line that said so, where it is this process that says it; else what was written then."""
        if self._round_line is not None:
            found = _lines_naming(view, row.t, row.round, (self._round_line,))
            if found is not None:
                return found[0], True
        return written_at(view, row.t), False

    def _read_names(self, view: LogView, named: dict[int, tuple[float, float]]) -> None:
        """Looks for the lines that named a round, around the times at which they were read."""
        for number in reversed(
            named if self._names else {}
        ):  # the newest at the end: none before a known one is new
            times = named[number]
            known = self._times.get(number)
            if times == known:
                break
            self._times[number] = times
            for t in times if known is None else times[1:]:
                found = _lines_naming(view, t, number, self._names)
                if found is not None:
                    first, end = self._lines.get(number, found)
                    self._lines[number] = min(first, found[0]), max(end, found[1])

    def _rounds(self) -> list[Landmark]:
        """A round begins after all lines of the rounds before and before its own first one. An evaluator
        names a round when the next one has begun already: what is known by time only gives way."""
        numbers = sorted(self._lines)
        ends = list(accumulate((self._lines[number][1] for number in numbers), max))
        firsts = list(accumulate((self._lines[number][0] for number in reversed(numbers)), min))[::-1]
        found = []
        for row, offset, exact in self._begun:
            at = bisect_left(numbers, row.round)
            if not exact and at > 0:
                offset = max(offset, ends[at - 1])
            if not exact and at < len(numbers):
                offset = min(offset, firsts[at])
            found.append(Landmark(offset, "round", f"round {row.round}", row.t))
        return found

    def round_at(self, number: int) -> int | None:
        """Where round `number` begins in this log; None when it is not known to have begun."""
        words = f"round {number}"
        return next((item.offset for item in self.items if item.kind == "round" and item.text == words), None)

    def after(self, offset: int) -> list[Landmark]:
        """Those that no line has followed yet."""
        return self.within(offset, _END)

    def within(self, start: int, end: int) -> list[Landmark]:
        """Those of the bytes from `start` to before `end`."""
        if not self.items:
            return []
        return self.items[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]
