"""A file that only grows, and whose full disk is an answer instead of an exception."""

from __future__ import annotations

import errno
import os
from pathlib import Path

# What a disk may say about a write; anything else is a mistake of ours and is raised.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS, errno.ESTALE})
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class AppendFile:
    """Appends to `path` (0600) and says how much of it reached the file.

    The file is opened at once; where even that has no room, each write tries again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._fd = -1
        self._closed = False
        self._open()

    def write(self, data: bytes) -> int:
        """Appends `data`; returns how many of its first bytes are in the file now."""
        if not self._open():
            return 0
        view, done = memoryview(data), 0
        while done < len(data):
            try:
                done += os.write(self._fd, view[done:])
            except OSError as error:
                if error.errno not in DISK_ERRORS:
                    raise
                break
        self.size += done
        return done

    def write_whole(self, data: bytes) -> bool:
        """Appends all of `data` or nothing: what a full disk cut off is taken back."""
        done = self.write(data)
        if done == len(data):
            return True
        if done:
            self.cut(self.size - done)
        return False

    def cut(self, size: int) -> None:
        """Makes the file `size` bytes long; needs no room on the disk."""
        if self._open():
            os.ftruncate(self._fd, size)
            self.size = size

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`."""
        return os.pread(self._fd, size, offset) if self._open() else b""

    def close(self) -> None:
        self._closed = True
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self) -> bool:
        if self._fd < 0 and not self._closed:
            try:
                self._fd = os.open(self.path, _FLAGS, 0o600)
            except OSError as error:
                if error.errno not in DISK_ERRORS:
                    raise
                return False
            self.size = os.fstat(self._fd).st_size
        return self._fd >= 0
