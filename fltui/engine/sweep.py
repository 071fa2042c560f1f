"""The last look round: whatever of the run escaped its child's tree is found and ended.

Found by descent from the supervisor (a subreaper) and by FLTUI_RUN in the environment.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from fltui.engine.loop import Loop
from fltui.facts.verdict import Leftover
from fltui.probe.ending import Living, living_of
from fltui.probe.processes import OUT_OF_FILES

_TERM_S = 1.0
_GIVE_UP_S = 6.0
_LOOK_S = 0.05


def remains(run: str) -> Living:
    """Living processes of `run`: descendants of this process and those that bear its name."""
    found = living_of(run, below=os.getpid())
    # Twice before nobody is said to be left: one look at /proc misses the child of a process that was
    # listed, forked and ended before its turn came.
    return found if found.pids else living_of(run, below=os.getpid())


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
        self._look()

    def _look(self) -> None:
        self._reap()
        elapsed = self._loop.clock() - self._began
        try:
            living = remains(self._run)
        except OSError as error:
            if error.errno not in OUT_OF_FILES or elapsed > _GIVE_UP_S:
                raise  # the guard, which has files of its own, ends what is left
            self._loop.later(_LOOK_S, self._look)
            return
        if not living.pids or elapsed > _GIVE_UP_S:
            self._done(living.leftovers())
            return
        if elapsed < _TERM_S:
            living.signal(signal.SIGTERM, but=self._asked)
            living.signal(signal.SIGCONT, but=self._asked)
            self._asked |= living.pids
        else:
            living.signal(signal.SIGKILL)
        self._loop.later(_LOOK_S, self._look)
