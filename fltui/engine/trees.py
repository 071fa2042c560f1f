"""Which processes belong to which child: by parent, by session, and by a mark in the environment.

A daemon that forked twice comes back to the supervisor (a subreaper) and has lost its parent; it is
told by its session or by FLTUI_PROCESS in its environment, and reaped here when it ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from fltui.engine.child import Child
from fltui.probe.processes import OUT_OF_FILES, ProcessTable, environ_value


class Trees:
    """Attribution of adopted processes, remembered by (pid, start time). `read_at`: when `table` was read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.table = ProcessTable.read()
        self.read_at = clock()
        self._clock = clock
        self._owners: dict[tuple[int, int], str | None] = {}

    def refresh(self, children: Iterable[Child], others: Iterable[int] = ()) -> None:
        """One pass over /proc; reaps what was adopted and has ended. `others` are ours, not adopted.
        Where no file can be opened the last table stays."""
        try:
            self._refresh(children, others)
        except OSError as error:
            if error.errno not in OUT_OF_FILES:
                raise

    def _refresh(self, children: Iterable[Child], others: Iterable[int]) -> None:
        self.table = ProcessTable.read()
        self.read_at = self._clock()
        own = {child.pid for child in children if child.pid is not None} | set(others)
        me = os.getpid()
        for pid, entry in self.table.entries.items():
            if entry.ppid != me or pid in own:
                continue
            if entry.state == "Z":
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)
            else:
                key = (pid, entry.start_time)
                if key not in self._owners:
                    self._owners[key] = environ_value(pid, "FLTUI_PROCESS")
        self._owners = {key: owner for key, owner in self._owners.items() if self._lives(*key)}

    def members(self, child: Child) -> set[int]:
        """The living pids of a child's tree, its leader among them while it lives."""
        if child.pid is None:
            return set()
        roots = {child.pid} if child.started_at is not None else set()
        for pid, entry in self.table.entries.items():
            if entry.sid == child.pid or entry.pgid == child.pid:
                roots.add(pid)
        roots.update(pid for (pid, _), owner in self._owners.items() if owner == child.name)
        found = set(roots)
        for pid in roots:
            found.update(self.table.descendants(pid))
        return self.table.living(found)

    def _lives(self, pid: int, started: int) -> bool:
        entry = self.table.entries.get(pid)
        return entry is not None and entry.start_time == started

    def survivors(self, child: Child) -> set[int]:
        """What lives of a child's tree beside its leader."""
        return self.members(child) - {child.pid or 0}
