"""One builder a folder: a lock beside it, and what a killed builder left half-made."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fltui.environment.errors import EnvironmentProblem
from fltui.environment.state import BUILT, builds_folder

_POLL_S = 0.2


@contextmanager
def alone(folder: Path, waiting: Callable[[str], None]) -> Iterator[int]:
    """Holds the lock of the build in `folder`; yields its file descriptor. While another holds it,
    `waiting` is told who, five times a second."""
    fd = _open(folder)
    try:
        while not _taken(fd):
            waiting(_holder(fd))
            time.sleep(_POLL_S)
        _sign(fd)
        yield fd
    finally:
        os.close(fd)


@contextmanager
def alone_or_refuse(folder: Path) -> Iterator[None]:
    """Holds the lock. Raises EnvironmentProblem when somebody builds there now."""
    fd = _open(folder)
    try:
        if not _taken(fd):
            raise EnvironmentProblem(f"{folder} is being built by {_holder(fd)}")
        _sign(fd)
        yield
    finally:
        os.close(fd)


def clear(folder: Path) -> None:
    """Removes a build. Without its marker it is half-made from the first moment on, and so never used,
    whatever interrupts the rest."""
    (folder / BUILT).unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)


def sweep() -> list[Path]:
    """Removes what killed builders left half-made in the cache; returns what it removed."""
    removed = []
    for lock in builds_folder().glob(".*.lock"):
        folder = lock.parent / lock.name.removeprefix(".").removesuffix(".lock")
        if not folder.is_dir() or (folder / BUILT).exists():
            continue
        fd = _open(folder)
        try:
            # Looked at again under the lock: its builder may just have ended.
            if _taken(fd) and not (folder / BUILT).exists():
                clear(folder)
                removed.append(folder)
        finally:
            os.close(fd)
    return removed


def _open(folder: Path) -> int:
    return os.open(folder.parent / f".{folder.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(fd: int) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)


def _holder(fd: int) -> str:
    pid = os.pread(fd, 64, 0).decode("ascii", "replace").strip()
    return f"pid {pid}" if pid else "another process"
