"""The last look round: whatever of the run escaped its child's tree is found and ended.

Found by descent from the supervisor (a subreaper) and by FLTUI_RUN in the environment.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from fltui.engine.loop import Loop
from fltui.facts.verdict import Leftover
from fltui.probe.processes import ProcessTable, command_of, find_by_run

_TERM_S = 1.0
_GIVE_UP_S = 6.0
_LOOK_S = 0.05


def remains(run: str) -> set[int]:
    """Living processes of `run`: descendants of this process and those that bear its name."""
    # Twice before nobody is said to be left: one look at /proc misses the child of a process that was
    # listed, forked and ended before its turn came.
    return _look(run) or _look(run)


def _look(run: str) -> set[int]:
    table = ProcessTable.read()
    found = table.descendants(os.getpid()) | set(find_by_run(run))
    return table.living(found - _lineage(table))


def _lineage(table: ProcessTable) -> set[int]:
    """This process and its ancestors: a front end that is itself a child of a run is never swept."""
    pid, found = os.getpid(), set()
    while pid and pid not in found:
        found.add(pid)
        entry = table.entries.get(pid)
        pid = entry.ppid if entry else 0
    return found


def end(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue  # gone, or another user's now: the next look tells


def reap() -> None:
    """Reaps every child of this process that has ended. Only where no other child is waited for."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


class Sweep:
    """SIGTERM, a second, SIGKILL until nothing is left; `done(leftovers)` once.

    `reap` takes the status of what was adopted, and of nobody whom somebody else waits for: a tool
    may still run.
    """

    def __init__(
        self,
        run: str,
        loop: Loop,
        reap: Callable[[], None],
        done: Callable[[tuple[Leftover, ...]], None],
    ) -> None:
        self._run = run
        self._loop = loop
        self._reap = reap
        self._done = done
        self._began = loop.clock()
        self._asked: set[int] = set()
        self.found = 0
        self._look()

    def _look(self) -> None:
        self._reap()
        pids = remains(self._run)
        elapsed = self._loop.clock() - self._began
        self.found = max(self.found, len(pids))
        if not pids or elapsed > _GIVE_UP_S:
            self._done(tuple(Leftover(pid, command_of(pid)) for pid in sorted(pids)))
            return
        if elapsed < _TERM_S:
            end(pids - self._asked, signal.SIGTERM)
            self._asked |= pids
        else:
            end(pids, signal.SIGKILL)
        self._loop.later(_LOOK_S, self._look)
