"""Runs a command on a terminal of its own and tells what it and its own processes cost."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fltui.probe.processes import Entry, ProcessTable, command_of

_SAMPLE_S = 0.02


@dataclass
class Measured:
    """`cpu_s` and `rss_mb` count the processes of the command that `ours` accepts: not its load.
    `terminal_bytes`: what it wrote to its terminal."""

    wall_s: float
    cpu_s: float
    rss_mb: float
    terminal_bytes: int
    exit_code: int
    output: bytes = field(repr=False, default=b"")


def run_on_terminal(
    argv: list[str],
    is_load: Callable[[str], bool],
    env: Mapping[str, str] | None = None,
    columns: int = 200,
    rows: int = 50,
    keep: int = 1 << 20,
) -> Measured:
    """Runs `argv` to its end. `is_load(command line)` tells the processes that are the work itself."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.execvpe(argv[0], argv, {**os.environ, **(env or {})})
    os.close(slave)
    costs: dict[tuple[int, int], Entry] = {}
    load: set[tuple[int, int]] = set()
    highest, written, kept, open_terminal = 0.0, 0, b"", True
    while True:
        ready = select.select([master] if open_terminal else [], [], [], _SAMPLE_S)[0]
        if ready:
            try:
                data = os.read(master, 65536)
            except OSError:
                data, open_terminal = b"", False
            written += len(data)
            kept = (kept + data)[-keep:]
        highest = max(highest, _sample(pid, costs, load, is_load))
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
    os.close(master)
    cpu = sum(entry.cpu_s for entry in costs.values())
    wall = time.monotonic() - began
    return Measured(wall, cpu, highest, written, os.waitstatus_to_exitcode(status), kept)


def _sample(
    root: int,
    costs: dict[tuple[int, int], Entry],
    load: set[tuple[int, int]],
    is_load: Callable[[str], bool],
) -> float:
    """Takes the CPU so far of all processes that are not load; returns their resident MB."""
    table = ProcessTable.read()
    rss = 0
    for pid in {root} | table.descendants(root):
        entry = table.entries.get(pid)
        if entry is None or not entry.lives:
            continue
        key = (pid, entry.start_time)
        if key in load:
            continue
        if is_load(command_of(pid)):
            load.add(key)
            costs.pop(key, None)  # it may have been seen before its exec
            continue
        costs[key] = entry
        rss += entry.rss
    return rss / 1e6
