"""Lines that say how far something long has come, so that whoever watches knows it from something that hangs."""

from __future__ import annotations

import time

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
