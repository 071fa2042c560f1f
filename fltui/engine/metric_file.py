"""A metric file that a process writes while it runs, read as far as it has come.

What lay there when the run began is another run's. The file is appended to, or written anew under the
same name: then it is read from its beginning.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

_MARK = 4096


class MetricFile:
    """One file, watched from now on. `new_lines` raises OSError when it cannot be read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._inode: int | None = None
        self._offset = 0
        self._mark = b""  # the bytes before the offset: a file that has others there was written anew
        self._tail = b""
        self._lay_since: int | None = None  # the time of what lay there, until somebody writes to it
        with contextlib.suppress(OSError), self._opened() as file:
            status = os.fstat(file.fileno())
            file.seek(max(0, status.st_size - _MARK))
            self._mark = file.read(_MARK)
            self._inode, self._offset, self._lay_since = status.st_ino, file.tell(), status.st_mtime_ns

    def new_lines(self, ended: bool) -> list[str]:
        """The complete lines since the last look; when its writer has `ended`, also one without a newline."""
        try:
            fresh = self._read()
        except FileNotFoundError:
            return []
        *lines, self._tail = (self._tail + fresh).split(b"\n")
        if ended:
            lines, self._tail = [*lines, self._tail], b""
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        # Not blocking: a pipe of that name would hold up the supervisor until somebody writes.
        with open(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(0, "it is no regular file")
            yield file

    def _read(self) -> bytes:
        """What follows the offset; of a file that was written anew, all of it."""
        with self._opened() as file:
            status = os.fstat(file.fileno())
            file.seek(self._offset - len(self._mark))
            data = file.read()
            touched = self._lay_since is not None and status.st_mtime_ns != self._lay_since
            # A run with the same seed may write the same bytes again: then only their time tells.
            same_again = touched and len(data) == len(self._mark)
            if status.st_ino != self._inode or not data.startswith(self._mark) or same_again:
                self._mark, self._tail = b"", b""
                file.seek(0)
                data = file.read()
            if touched:
                self._lay_since = None
            self._inode, self._offset = status.st_ino, file.tell()
        fresh = data[len(self._mark) :]
        self._mark = data[-_MARK:]
        return fresh
