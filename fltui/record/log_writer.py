"""The log of one process: its bytes exactly as it wrote them, and an index of when.

`logs/NAME.idx` holds fixed records of 24 bytes, little endian: Unix time (double), the offset in
the child's output (unsigned 64 bits), the bytes lost before it (unsigned 64 bits). A record says
that the bytes from its offset on were written at its time or later. Where nothing was lost the
offset is also the offset in `logs/NAME.log`; else the file's offset is offset - lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from fltui.record.append_file import AppendFile

INDEX_RECORD = struct.Struct("<dQQ")
_EVERY_S = 0.05
_EVERY_BYTES = 64 * 1024


class LogWriter:
    """Appends a child's output to its log. A full disk loses bytes; it never raises or blocks.

    `offset`: bytes of the child so far, lost ones included. `lost_bytes`: those that never reached
    the file. A log that exists already is continued. `lost` is called when bytes were lost.
    """

    def __init__(self, folder: Path, name: str, lost: Callable[[], None] = lambda: None) -> None:
        if not name or "/" in name or "\0" in name or name.startswith("."):
            raise ValueError(f"{name!r} cannot name a log")
        self.name = name
        self.closed = False
        self._on_loss = lost
        self._file = AppendFile(folder / f"{name}.log")
        self._index = AppendFile(folder / f"{name}.idx")
        self._index.cut(self._index.size - self._index.size % INDEX_RECORD.size)
        last = (
            self._index.read(self._index.size - INDEX_RECORD.size, INDEX_RECORD.size)
            if self._index.size
            else b""
        )
        self._time, self._indexed, self.lost_bytes = INDEX_RECORD.unpack(last) if last else (0.0, 0, 0)
        self.offset = self._file.size + self.lost_bytes
        self.failing = False  # the last write lost bytes
        self._unmarked = False  # a loss that the index does not show yet

    @property
    def path(self) -> Path:
        return self._file.path

    def write(self, data: bytes, t: float) -> None:
        """Appends `data`, which the child wrote at Unix time `t`."""
        start, lost = self.offset, self.lost_bytes
        done = self._file.write(data)
        self.offset += len(data)
        if done and (self._unmarked or t - self._time >= _EVERY_S or start - self._indexed >= _EVERY_BYTES):
            self._mark(t, start, lost)
        self.failing = done < len(data)
        if self.failing:
            self.lost_bytes += len(data) - done
            self._unmarked = True
            self._on_loss()

    def flush(self, t: float) -> None:
        """Writes the index record of a loss that had no room before."""
        if self._unmarked:
            self._mark(t, self.offset, self.lost_bytes)

    def close(self) -> None:
        if not self.closed:
            self.flush(self._time)
            self.closed = True
            self.failing = False
            self._file.close()
            self._index.close()

    def _mark(self, t: float, offset: int, lost: int) -> None:
        # Times never go back in the index, whatever the clock does: it is searched by halves.
        t = max(t, self._time)
        if self._index.write_whole(INDEX_RECORD.pack(t, offset, lost)):
            self._time, self._indexed, self._unmarked = t, offset, False
