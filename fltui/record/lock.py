"""Who owns a run: the holder of a flock on `<run>/lock` that also signed it.

The lock is held through one open file that the guard and the forked supervisor share, so the run
counts as alive until the last of them has ended. Children started by exec do not inherit it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

LOCK = "lock"
_PATIENCE_S = 1.0  # `owner` takes the lock for a moment to look; that is no owner


@dataclass(frozen=True)
class Owner:
    """A process, told apart from a later one of the same number. `start_time`: ticks after boot."""

    pid: int
    start_time: int
    boot_id: str


class RunOwnedError(OSError):
    """The run has a living owner already, as a sentence."""


def hold(folder: Path) -> int:
    """Takes the lock of a run, signs it and returns its file descriptor; open for as long as the run.

    Raises RunOwnedError when another process holds it.
    """
    fd = os.open(Path(folder) / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _PATIENCE_S
    while not _flock(fd, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            holder = _content(fd)
            os.close(fd)
            raise RunOwnedError(f"the run in {folder} belongs to pid {holder.pid if holder else 'unknown'}")
        time.sleep(0.01)
    sign(fd)
    return fd


def sign(fd: int) -> None:
    """Writes the calling process into a held lock: the guard does so when its supervisor is gone."""
    pid = os.getpid()
    text = json.dumps({"pid": pid, "start_time": _start_time(pid), "boot_id": _boot_id()}).encode()
    # Padded and written over the old content, so that a full disk cannot leave the lock unsigned.
    os.pwrite(fd, text.ljust(127) + b"\n", 0)


def owner(folder: Path) -> Owner | None:
    """The living owner of a run, or None: nobody, a stale file, or a process of another boot."""
    try:
        fd = os.open(Path(folder) / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if _flock(fd, fcntl.LOCK_SH):
            return None
        found = _content(fd)
    finally:
        os.close(fd)
    if found is None or found.boot_id != _boot_id() or _start_time(found.pid) != found.start_time:
        return None
    return found


def _flock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _content(fd: int) -> Owner | None:
    try:
        value = json.loads(os.pread(fd, 4096, 0))
        return Owner(int(value["pid"]), int(value["start_time"]), str(value["boot_id"]))
    except (ValueError, KeyError, TypeError):  # empty, torn or another file
        return None


def _boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def _start_time(pid: int) -> int | None:
    """When `pid` started, in ticks after boot; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state, *rest = file.read().rsplit(b")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in (b"Z", b"X") else int(rest[18])
