"""The standard streams of the command, where one is closed, full, or without a reader.

Python's own would fail a second time at exit, and Click makes exit code 1 of a reader that has gone.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDOUT = 1


class ReaderGone(Exception):
    """Nobody reads stdout any more, and the command does nothing but write there."""


class Outlet(io.FileIO):
    """Standard output or error. When its reader has gone (`| head`), what follows goes nowhere: the command ends
    as it would have ended, with its own exit code. Any other fault of stdout is raised once.

    `ends_with_reader`: ReaderGone instead; `failed`: something could not be written that somebody waits for.
    """

    def __init__(self, fd: int, was_closed: bool) -> None:
        super().__init__(fd, "w", closefd=False)
        self.ends_with_reader = False
        self.failed = False
        self._was_closed = was_closed
        self._lost = False

    def write(self, data: ReadableBuffer, /) -> Any:  # None where it would block
        if not self._lost:
            try:
                if self._was_closed:
                    raise OSError(errno.EBADF, "it was closed when fltui began")
                return super().write(data)
            except OSError as error:
                self._lost = True
                if self.fileno() == _STDOUT:
                    self._tell(error)
        return memoryview(data).nbytes

    def _tell(self, error: OSError) -> None:
        if not isinstance(error, BrokenPipeError):
            self.failed = True
            raise OSError(error.errno, error.strerror, "standard output") from None
        if self.ends_with_reader:
            raise ReaderGone from None


def take_streams() -> None:
    """Opens those that are closed, and minds what becomes of what is written."""
    closed = _open_closed()
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = _minded(sys.stdout or os.fdopen(1, "w", closefd=False), 1, 1 in closed)
    sys.stderr = _minded(sys.stderr or os.fdopen(2, "w", closefd=False), 2, 2 in closed)


def _open_closed() -> list[int]:
    """A daemon may start us with a standard stream closed; the next file opened would take its number
    and be written to as if it were stderr."""
    closed = []
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            closed.append(fd)
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is `fd`
    return closed


def _minded(stream: TextIO, fd: int, was_closed: bool) -> TextIO:
    """`stream` on an Outlet, if it is Python's own on `fd`: a caller in this process may have put another there."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(stream, io.TextIOWrapper) or type(raw) is not io.FileIO or raw.fileno() != fd:
        return stream
    lines = stream.line_buffering or stream.write_through
    outlet = io.BufferedWriter(Outlet(fd, was_closed))
    return io.TextIOWrapper(outlet, stream.encoding, stream.errors, line_buffering=lines)


def _outlet() -> Outlet | None:
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw if isinstance(raw, Outlet) else None


def end_with_the_reader() -> None:
    """From now on ReaderGone is raised when nobody reads stdout any more."""
    if (outlet := _outlet()) is not None:
        outlet.ends_with_reader = True


def stdout_failed() -> bool:
    """Something could not be written to stdout, for another reason than that its reader has gone."""
    return (outlet := _outlet()) is not None and outlet.failed
