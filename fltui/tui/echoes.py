"""Which line of a log is the echo of a line that was sent.

The offset that was recorded is where the log ended as the line was sent. What the process had written by then
and nobody had read yet stands between it and the echo: of two lines sent at once the second comes behind the
answer to the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fltui.record.log_view import LogView

_LINES = 200
_BYTES = 16 << 10  # so far behind the recorded offset an echo is looked for


class Sent(NamedTuple):
    """A line that was sent. `offset`: of the child's output; `text`: None where it is nobody's to see."""

    offset: int
    t: float
    text: str | None


class Echoes:
    """Of one process. `found`: offset in the log's file and time of each line whose place is settled."""

    def __init__(self) -> None:
        self.found: list[tuple[int, float]] = []
        self._awaited: list[Sent] = []
        self._size = -1  # of the log, when they were looked for
        self._end = 0  # of the last echo

    def add(self, sent: Iterable[Sent]) -> None:
        self._awaited.extend(sent)
        self._size = -1

    def look(self, view: LogView) -> bool:
        """Looks for the echoes that are still to come; True when the log had more than at the last look."""
        if not self._awaited or view.size == self._size:
            return False
        self._size = view.size
        still = []
        for sent in self._awaited:
            offset = view.file_offset(sent.offset)
            echo = _echo(view, max(offset, self._end), sent.text) if sent.text else None
            if echo is None and sent.text and self._size - offset < _BYTES:
                still.append(sent)
                continue
            at, self._end = echo or (offset, self._end)
            self.found.append((at, sent.t))
        self._awaited = still
        return True

    def places(self, view: LogView) -> list[tuple[int, float]]:
        """Of all lines that were sent; where an echo has not come the recorded offset."""
        return [*self.found, *((view.file_offset(sent.offset), sent.t) for sent in self._awaited)]


def _echo(view: LogView, start: int, text: str) -> tuple[int, int] | None:
    """From where to where the first line from `start` on goes that is `text`, alone or behind a prompt."""
    for line in view.lines(view.line_start(start), _LINES):
        if line.offset > start + _BYTES:
            break
        shown = line.data[max(0, start - line.offset) :].decode("utf-8", "replace").rstrip("\r")
        prompt = shown.removesuffix(text).rstrip()
        if shown.endswith(text) and not prompt[-1:].isalnum():  # `> two`, and not the answer `got two`
            return max(line.offset, start), line.end
    return None
