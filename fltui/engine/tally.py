"""Counts of lines that readiness checks and steps wait for."""

from __future__ import annotations

import re
from collections.abc import Callable

from fltui.engine.lines import Matcher
from fltui.facts.plan import Process


class Tally:
    """How often `line` was found in the log of one process, or in how many members of a group.

    Counting begins with the incarnation, not with the wait, so that a line that came early is not
    missed; `forget` sets the beginning anew (a step waits for what follows its own text).
    """

    def __init__(self, line: str, target: str, changed: Callable[[], None]) -> None:
        self.line = line
        self.target = target
        self._found: dict[str, int] = {}
        self._changed = changed
        self._group = False

    @property
    def count(self) -> int:
        return len(self._found) if self._group else sum(self._found.values())

    def forget(self) -> None:
        self._found.clear()

    def matcher(self, process: Process) -> Matcher | None:
        """The matcher for a new incarnation of `process`, if its lines are counted."""
        if self.target not in (process.name, process.group):
            return None
        self._group = process.replica is not None and self.target == process.group
        self._found.pop(process.name, None)

        def found(line: str, match: re.Match[str]) -> None:
            self._found[process.name] = self._found.get(process.name, 0) + 1
            self._changed()

        return Matcher(self.line, found, partial=True)
