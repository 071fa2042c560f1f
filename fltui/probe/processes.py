"""The process table: one pass over /proc answers for all processes of a run.

A process that ends while it is looked at is simply absent; so is what another user's process hides.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LONGEST_COMMAND = 300
OUT_OF_FILES = frozenset((errno.EMFILE, errno.ENFILE))


class Entry(NamedTuple):
    """One process. `state`: a letter of /proc (R S D T Z …); `start_time`: ticks after boot, tells a
    pid from a later one of the same number; `cpu_s`: its own; `waited_cpu_s`: of the children it
    reaped; `rss`: resident bytes; `threads`: a process whose first thread ended looks like a zombie
    and lives on in its others."""

    pid: int
    ppid: int
    pgid: int
    sid: int
    state: str
    start_time: int
    cpu_s: float
    waited_cpu_s: float
    rss: int
    threads: int = 1

    @property
    def lives(self) -> bool:
        return self.state not in ("Z", "X") or self.threads > 1


class ProcessTable:
    """All processes at one moment, by pid."""

    def __init__(self, entries: dict[int, Entry]) -> None:
        self.entries = entries
        self._children: dict[int, list[int]] | None = None

    @classmethod
    def read(cls) -> ProcessTable:
        """Reads /proc once: about 10 microseconds a process.

        Raises OSError when no file can be opened (OUT_OF_FILES): to see nobody would mean that all have gone.
        """
        entries: dict[int, Entry] = {}
        for pid in _pids():
            entry = read_entry(pid)
            if entry is not None:
                entries[pid] = entry
        return cls(entries)

    def children(self, pid: int) -> list[int]:
        if self._children is None:
            found: defaultdict[int, list[int]] = defaultdict(list)
            for entry in self.entries.values():
                found[entry.ppid].append(entry.pid)
            self._children = dict(found)
        return self._children.get(pid, [])

    def descendants(self, pid: int) -> set[int]:
        """Children, their children and so on, zombies included; without `pid` itself."""
        found: set[int] = set()
        open_pids = [pid]
        while open_pids:
            for child in self.children(open_pids.pop()):
                if child not in found:
                    found.add(child)
                    open_pids.append(child)
        return found

    def living(self, pids: Iterable[int]) -> set[int]:
        """Those of `pids` that exist and are no zombies."""
        return {pid for pid in pids if (entry := self.entries.get(pid)) is not None and entry.lives}


def read_entry(pid: int) -> Entry | None:
    """One process now, or None when there is none."""
    data = _read(pid, "stat")
    # The name in parentheses may hold blanks and parentheses itself.
    part = data[data.rfind(b")") + 2 :].split()
    if len(part) < 22:
        return None
    return Entry(
        pid,
        int(part[1]),
        int(part[2]),
        int(part[3]),
        chr(part[0][0]),
        int(part[19]),
        (int(part[11]) + int(part[12])) / _TICK,
        (int(part[13]) + int(part[14])) / _TICK,
        int(part[21]) * _PAGE,
        int(part[17]),
    )


def command_of(pid: int) -> str:
    """The command line of a process on one printable line, or its name in brackets; "" when gone or
    not to be seen."""
    try:
        return _command(pid)
    except OSError as error:
        if error.errno not in OUT_OF_FILES:
            raise
        return ""


def _command(pid: int) -> str:
    text = _read(pid, "cmdline").rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
    if not text:
        name = _read(pid, "comm").strip().decode("utf-8", "replace")
        text = f"[{name}]" if name else ""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _LONGEST_COMMAND else text[: _LONGEST_COMMAND - 1] + "…"


def environ_value(pid: int, key: str) -> str | None:
    """The value of `key` in the environment that `pid` was started with."""
    head = os.fsencode(key) + b"="
    for item in _environ(pid).split(b"\0"):
        if item.startswith(head):
            return os.fsdecode(item[len(head) :])
    return None


def environ_has(pid: int, key: str, value: str) -> bool:
    """Whether `pid` was started with `key=value` in its environment."""
    return os.fsencode(f"{key}={value}") in _environ(pid).split(b"\0")


def find_by_run(run: str) -> list[int]:
    """The processes, wherever they are, that carry FLTUI_RUN=`run`; without the caller itself."""
    me = os.getpid()
    return [pid for pid in _pids() if pid != me and environ_has(pid, "FLTUI_RUN", run)]


def _environ(pid: int) -> bytes:
    """The environment of `pid`; of another thread of it where the first one has ended."""
    data = _read(pid, "environ")
    if data:
        return data
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
    others = (thread for thread in threads if thread != str(pid))
    return next((data for thread in others if (data := _read(pid, f"task/{thread}/environ"))), b"")


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _read(pid: int, name: str) -> bytes:
    """The whole of /proc/PID/NAME; empty when the process is gone or not ours to look at."""
    try:
        fd = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
    try:
        data = os.read(fd, 65536)
        if len(data) == 65536:
            parts = [data]
            while more := os.read(fd, 1 << 20):
                parts.append(more)
            data = b"".join(parts)
        return data
    except (ProcessLookupError, PermissionError):
        return b""
    finally:
        os.close(fd)
