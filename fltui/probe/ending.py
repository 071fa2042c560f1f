"""Ends processes that were seen in a table: by pidfd, and only who is still the one that was seen."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from fltui.facts.verdict import Leftover
from fltui.probe.processes import OUT_OF_FILES, Entry, ProcessTable, command_of, find_by_run, read_entry

_TERM_S = 1.5
_KILL_S = 8.0
_LOOK_S = 0.05
_NOT_SENT = OUT_OF_FILES | {errno.ESRCH, errno.EPERM}


class Living(NamedTuple):
    """Processes that lived when `table` was read."""

    table: ProcessTable
    pids: set[int]

    def signal(self, number: int, but: Iterable[int] = ()) -> None:
        send(self.table, self.pids.difference(but), number)

    def leftovers(self) -> tuple[Leftover, ...]:
        return tuple(Leftover(pid, command_of(pid)) for pid in sorted(self.pids))


def living_of(run: str, below: int | None = None) -> Living:
    """The living processes that bear the name of `run`, and those that descend from `below`.

    Not this process and its ancestors: an fltui that is itself called from a run is never ended with it.
    """
    table = ProcessTable.read()
    found = set(find_by_run(run)) if run else set()
    if below is not None:
        found |= table.descendants(below)
    return Living(table, table.living(found - _lineage(table)))


def end_all(look: Callable[[], Living]) -> tuple[Leftover, ...]:
    """SIGTERM, then SIGKILL until `look` finds nobody or nothing more can be done; who is left."""
    began = time.monotonic()
    asked: set[int] = set()
    while True:
        living = look()
        elapsed = time.monotonic() - began
        if not living.pids or elapsed > _KILL_S:
            return living.leftovers()
        if elapsed >= _TERM_S:
            living.signal(signal.SIGKILL)
        else:
            living.signal(signal.SIGTERM, but=asked)
            living.signal(signal.SIGCONT, but=asked)  # a stopped process can act on it only then
            asked |= living.pids
        time.sleep(_LOOK_S)


def send(table: ProcessTable, pids: Iterable[int], number: int) -> None:
    """A signal to those of `pids` who are still the processes of `table`."""
    for pid in pids:
        if (entry := table.entries.get(pid)) is not None:
            send_to(entry, number)


def send_to(entry: Entry, number: int) -> None:
    """A signal to the process that was seen as `entry`; to nobody if it has gone, became another
    user's, or no file can be opened to see that it is the same: the next look tells."""
    try:
        pidfd = os.pidfd_open(entry.pid)
    except OSError:
        return
    try:
        now = read_entry(entry.pid)  # the pidfd holds the process, so its number stays its own from here on
        if now is not None and now.start_time == entry.start_time:
            signal.pidfd_send_signal(pidfd, number)
    except OSError as error:
        if error.errno not in _NOT_SENT:
            raise
    finally:
        os.close(pidfd)


def _lineage(table: ProcessTable) -> set[int]:
    """This process and its ancestors."""
    pid, found = os.getpid(), set[int]()
    while pid and pid not in found:
        found.add(pid)
        entry = table.entries.get(pid)
        pid = entry.ppid if entry else 0
    return found
