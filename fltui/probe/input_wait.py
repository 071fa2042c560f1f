"""Whether a process waits for somebody to type: what its threads are doing in the kernel.

A thread that reads its terminal (cat, Python's `input()`) or sleeps in select, poll or epoll on it
(readline, bash, prompt_toolkit) waits for a line. A hint, not a proof: an event loop that also
listens to its terminal looks the same.
"""

from __future__ import annotations

import os
import platform
import struct
from collections.abc import Iterator

# System call numbers by machine; a kernel of another one gives no hints.
_CALLS: dict[str, dict[int, str]] = {
    "x86_64": {
        0: "read",
        19: "read",
        7: "poll",
        271: "poll",
        23: "select",
        270: "select",
        232: "epoll",
        281: "epoll",
        441: "epoll",
    },
    "aarch64": {63: "read", 65: "read", 73: "poll", 72: "select", 22: "epoll", 441: "epoll"},
}
_KNOWN = _CALLS.get(platform.machine(), {})
_POLLIN = 0x001 | 0x040
_POLL_ENTRY = struct.Struct("ihh")
_MOST_FDS = 4096


def reads_terminal(pid: int, tty_rdev: int) -> bool:
    """Whether a thread of `pid` waits for input from the terminal with device number `tty_rdev`.

    False too where the kernel does not let us look.
    """
    for tid in _threads(pid):
        call = _system_call(pid, tid)
        if call is None:
            continue
        kind, first, second = call
        if any(_is_terminal(pid, fd, tty_rdev) for fd in _awaited(pid, kind, first, second)):
            return True
    return False


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:  # gone, or not ours
        return []


def _system_call(pid: int, tid: str) -> tuple[str, int, int] | None:
    """The call that a sleeping thread is in, with its first two arguments."""
    try:
        with open(f"/proc/{pid}/task/{tid}/syscall", encoding="ascii") as file:
            part = file.read().split()
    except OSError:  # gone, not ours, or a kernel without this file
        return None
    if len(part) < 3 or not part[0].isdecimal():  # "running", or -1: blocked outside a call
        return None
    kind = _KNOWN.get(int(part[0]))
    return None if kind is None else (kind, int(part[1], 16), int(part[2], 16))


def _awaited(pid: int, kind: str, first: int, second: int) -> Iterator[int]:
    """The file descriptors from which the call waits for input."""
    if kind == "read":
        yield first
    elif kind == "select" and second:
        mask = int.from_bytes(_memory(pid, second, (min(first, _MOST_FDS) + 7) // 8), "little")
        yield from (fd for fd in range(min(first, _MOST_FDS)) if mask >> fd & 1)
    elif kind == "poll":
        entries = _memory(pid, first, min(second, _MOST_FDS) * _POLL_ENTRY.size)
        for fd, events, _ in _POLL_ENTRY.iter_unpack(
            entries[: len(entries) // _POLL_ENTRY.size * _POLL_ENTRY.size]
        ):
            if events & _POLLIN and fd >= 0:
                yield fd
    elif kind == "epoll":
        yield from _epoll_members(pid, first)


def _memory(pid: int, address: int, size: int) -> bytes:
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
            file.seek(address)
            return file.read(size) or b""
    except (OSError, OverflowError):  # gone, not ours, or no such address
        return b""


def _epoll_members(pid: int, epoll: int) -> Iterator[int]:
    try:
        with open(f"/proc/{pid}/fdinfo/{epoll}", encoding="ascii") as file:
            lines = file.readlines()
    except OSError:  # gone, or not ours
        return
    for line in lines:
        part = line.split()
        if len(part) >= 4 and part[0] == "tfd:" and int(part[3], 16) & _POLLIN:
            yield int(part[1])


def _is_terminal(pid: int, fd: int, tty_rdev: int) -> bool:
    try:
        device = os.stat(f"/proc/{pid}/fd/{fd}").st_rdev
    except OSError:  # gone, closed meanwhile, or not ours
        return False
    return device == tty_rdev or (device == _DEV_TTY and _controlling(pid) == tty_rdev)


_DEV_TTY = os.makedev(5, 0)  # getpass opens /dev/tty: whatever terminal controls the process


def _controlling(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[4])
    except (OSError, IndexError):
        return 0
