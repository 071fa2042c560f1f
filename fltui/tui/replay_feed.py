"""A finished run as a feed whose time is a playhead's: the run screen shows it as it was."""

from __future__ import annotations

import time
from pathlib import Path

from fltui.record.log_view import LogView
from fltui.record.snapshot import fold_all
from fltui.tui.feed import RunFeed
from fltui.workshop.replay import Playhead, Recording


class ReplayFeed(RunFeed):
    """Read-only; `head` says which moment is shown."""

    def __init__(self, folder: Path, speed: float) -> None:
        self.recording = Recording.read(folder)
        self.head = Playhead(self.recording, speed)
        self._count = 0
        super().__init__(folder, read_only=True)

    def poll(self) -> bool:
        """Moves the playhead; True when the run looks different there."""
        self.head.advance(time.monotonic())
        count = self.recording.count_at(self.head.t)
        if count == self._count:
            return False
        if count < self._count:
            self.snapshot = self.beginning()
            self._count = 0
            self.typed, self.named = {}, {}
        rows = self.recording.rows[self._count : count]
        self.snapshot = fold_all(self.snapshot, rows)
        self._note(rows)
        self._count = count
        return True

    def look_after(self) -> bool:
        """What was recorded is all there is; who owned the run does not matter any more."""
        return False

    @property
    def alive(self) -> bool:
        return False


class ReplayLog(LogView):
    """A log that ends where it ended at the playhead's time."""

    def __init__(self, path: Path, head: Playhead) -> None:
        super().__init__(path)
        self._head = head

    @property
    def size(self) -> int:
        if self._head.at_end:
            return super().size
        return min(super().size, self.index.offset_at(self._head.t))

    def _read(self, offset: int, size: int) -> bytes:
        return super()._read(offset, max(0, min(size, self.size - offset)))
