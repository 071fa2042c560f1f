"""A supervisor that does not answer (stopped, or stuck) is killed; its guard ends all that it had."""

from __future__ import annotations

import signal
from pathlib import Path

from fltui.probe.ending import send_to
from fltui.probe.processes import read_entry
from fltui.record.lock import owner
from fltui.record.snapshot import snapshot_of


def kill_supervisor(folder: Path) -> bool:
    """SIGKILLs the supervisor of the run in `folder`; False when there is none with a living guard."""
    guard, pid = owner(folder), snapshot_of(folder).supervisor_pid
    entry = read_entry(pid) if pid is not None else None
    if guard is None or entry is None or entry.ppid != guard.pid:
        return False
    send_to(entry, signal.SIGKILL)
    return True
