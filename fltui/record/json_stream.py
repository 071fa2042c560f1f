"""One of the run folder's streams: a JSON object a line, appended whole or not at all."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fltui.record.append_file import AppendFile

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str).encode


def json_line(value: Any) -> bytes:
    """`value` on one line of UTF-8. A lone surrogate (a byte that was no UTF-8) is escaped."""
    return _encode(value).encode("utf-8", "backslashreplace") + b"\n"


class JsonStream:
    """Appends rows to `path`. What has no room waits in memory, at most `keep` bytes of it.

    `lost_bytes` counts rows that were given up; `lost` is called then. A torn last line of an
    earlier writer is cut off and counted.
    """

    def __init__(self, path: Path, keep: int, lost: Callable[[], None] = lambda: None) -> None:
        self._file = AppendFile(path)
        self._keep = keep
        self._waiting: deque[bytes] = deque()
        self._held = 0
        self._on_loss = lost
        self.lost_bytes = 0
        self._cut_torn_line()

    @property
    def name(self) -> str:
        return self._file.path.name

    @property
    def failing(self) -> bool:
        """Rows are waiting for room."""
        return bool(self._waiting)

    def append(self, *rows: Any) -> None:
        """Adds rows in one write."""
        data = b"".join(json_line(row) for row in rows)
        if not data or (self.flush() and self._file.write_whole(data)):
            return
        if self._held + len(data) <= self._keep:
            self._waiting.append(data)
            self._held += len(data)
        else:
            self.lost_bytes += len(data)
            self._on_loss()

    def flush(self) -> bool:
        """Writes what waits for room; False when there still is none."""
        while self._waiting:
            if not self._file.write_whole(self._waiting[0]):
                return False
            self._held -= len(self._waiting.popleft())
        return True

    def close(self) -> None:
        """Closes the file; what still waits is lost."""
        if self._waiting:
            self.flush()
        self.lost_bytes += self._held
        self._held = 0
        self._waiting.clear()
        self._file.close()

    def last_line(self, most: int = 1 << 20) -> bytes:
        """The last complete line, without its newline; empty when there is none within `most` bytes."""
        start = max(0, self._file.size - most)
        data = self._file.read(start, self._file.size - start)
        return data.rstrip(b"\n").rsplit(b"\n", 1)[-1] if data.endswith(b"\n") else b""

    def _cut_torn_line(self) -> None:
        end = size = self._file.size
        while end > 0:
            start = max(0, end - 65536)
            at = self._file.read(start, end - start).rfind(b"\n")
            if at >= 0:
                end = start + at + 1
                break
            end = start
        if end < size:
            self._file.cut(end)
            self.lost_bytes += size - end
            self._on_loss()
