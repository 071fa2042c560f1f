"""How far what comes before the first round has come, in the words of the processes that prepare it."""

from __future__ import annotations

import re
from collections.abc import Callable

from fltui.engine.lines import SEARCH_S
from fltui.engine.loop import Loop
from fltui.engine.readings import whole
from fltui.engine.time_limit import TooSlow, at_most
from fltui.facts.plan import Process
from fltui.record.writer import RunWriter

_EVERY_S = 1.0  # a process that counts fast is told as often as anybody can read
_LONGEST = 200
_COUNT = re.compile(r"(?<![\d.,/])(\d[\d,]{0,11}) ?(?:of|/) ?(\d[\d,]{0,11})(?![\d/])")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,3})(?:\.\d+)? ?%")


def count_in(text: str) -> tuple[int, int] | None:
    """`(4096, 67349)` of `embedding: 4,096 of 67,349 sentences`, `(7, 100)` of `7%`; None without a count."""
    for found in _COUNT.finditer(text):
        done, total = (whole(number.replace(",", "")) for number in found.groups())
        if done is not None and total and done <= total:
            return done, total
    percent = _PERCENT.search(text)
    done = whole(percent[1]) if percent is not None else None
    return (done, 100) if done is not None and done <= 100 else None


class Preparation:
    """Writes `progress` events as long as no round has `begun`. A tool's line is told as it stands; of
    the others, whose lines are mostly those of a framework, only one that counts something."""

    def __init__(self, writer: RunWriter, loop: Loop, begun: Callable[[], bool]) -> None:
        self._writer = writer
        self._loop = loop
        self._begun = begun
        self._resting: set[str] = set()
        self._newest: dict[str, str] = {}

    def line(self, process: Process, line: str) -> None:
        """Takes a line that the recipe calls progress."""
        text = _message(process, line).strip()[:_LONGEST]
        if text and not self._begun() and (process.role == "tool" or count_in(text)):
            self._newest[process.name] = text
            if process.name not in self._resting:
                self._tell(process.name)

    def _tell(self, name: str) -> None:
        self._resting.discard(name)
        text = self._newest.pop(name, None)
        if text is None or self._begun():
            return
        count = count_in(text)
        counted = {} if count is None else {"done": count[0], "total": count[1]}
        self._writer.event("progress", name, text=text, **counted)
        self._resting.add(name)
        self._loop.later(_EVERY_S, lambda: self._tell(name))


def _message(process: Process, line: str) -> str:
    """The line without what its framework puts before and behind it, if the recipe says what that is."""
    if not process.line_parts:
        return line
    try:
        with at_most(SEARCH_S):
            parts = re.search(process.line_parts, line)
    except TooSlow:
        return line
    return (parts.groupdict().get("message") or line) if parts else line
