"""Lines that say how far something long has come, so that whoever watches knows it from something that hangs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from metric_line import print_line

EVERY_S = 10.0


class Ticker:
    """`tick(3, 10)` prints "round 2: 3 of 10 batches", at most once in ten seconds."""

    def __init__(self, doing: str, unit: str) -> None:
        self.doing, self.unit = doing, unit
        self.said = time.monotonic()

    def tick(self, done: int, total: int) -> None:
        """Says it, unless it has just been said."""
        now = time.monotonic()
        if now - self.said >= EVERY_S:
            self.said = now
            print_line(f"{self.doing}: {done:,} of {total:,} {self.unit}")


@contextmanager
def meanwhile(look: Callable[[], None]) -> Iterator[None]:
    """Calls `look` every ten seconds, on a thread of its own, while the block runs: for what does not call back."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_S):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Growth:
    """`look()` prints "loading bert: 34 MB on disk" when there is more in the folder than before."""

    def __init__(self, doing: str, folder: Path) -> None:
        self.doing, self.folder = doing, folder
        self.seen = self._size()

    def look(self) -> None:
        """Says it; nothing where nothing has come: a download that hangs is not to look like one."""
        size = self._size()
        if size > self.seen:
            print_line(f"{self.doing}: {size / 1e6:,.0f} MB on disk")
        self.seen = size

    def _size(self) -> int:
        size = 0
        for folder, _, files in os.walk(self.folder):
            for name in files:
                try:
                    size += os.stat(os.path.join(folder, name)).st_size
                except OSError:
                    continue  # it has just been renamed
        return size
