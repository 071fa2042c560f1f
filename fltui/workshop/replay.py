"""A finished run as it was at any moment: its rows by time, and a clock that people can turn.

The clock counts *run time* (Unix seconds as recorded). Silence longer than IDLE_S passes at once: a
workshop waits for no import. Everything is pure but `Playhead`, which is given the real time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from fltui.facts.records import Event, Metric, Resource
from fltui.record.reader import read_events, read_metrics, read_resources

Row = Event | Metric | Resource

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
IDLE_S = 2.0


class NothingToReplay(ValueError):
    """The run has no events, as a sentence."""


@dataclass
class Recording:
    """All rows of one run in the order of time. Raises NothingToReplay for a run without events."""

    rows: list[Row] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Recording:
        rows: list[Row] = [*read_events(folder), *read_metrics(folder), *read_resources(folder)]
        rows.sort(key=lambda row: row.t)
        if not rows:
            raise NothingToReplay(f"{folder.name} has no events; there is nothing to replay")
        return cls(rows, [row.t for row in rows])

    @property
    def start(self) -> float:
        return self.times[0]

    @property
    def end(self) -> float:
        return self.times[-1]

    def count_at(self, t: float) -> int:
        """How many rows there were at run time `t`."""
        return bisect_right(self.times, t)

    def marks(self) -> list[float]:
        """When people marked something, and when rounds were done: where a replay may jump to."""
        kinds = ("mark", "round")
        found = {row.t for row in self.rows if isinstance(row, Event) and row.kind in kinds}
        return sorted(found)

    def shown_times(self) -> list[float]:
        """The times at which something can be seen: events and metrics, not the gauges' seconds."""
        return [row.t for row in self.rows if not isinstance(row, Resource)]


class Playhead:
    """Where a replay stands. `advance(now)` moves it by the real time since the last call."""

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        self.recording = recording
        self.speed = speed
        self.paused = False
        self.t = recording.start
        self.skipped = False
        self._seen = recording.shown_times()
        self._real: float | None = None

    @property
    def at_end(self) -> bool:
        return self.t >= self.recording.end

    def advance(self, now: float) -> None:
        """`now`: a monotonic real time in seconds."""
        passed = 0.0 if self._real is None else now - self._real
        self._real = now
        if not self.paused:
            self.t = min(self.recording.end, self.t + passed * self.speed)
            self._skip_silence()

    def seek(self, t: float) -> None:
        self.t = max(self.recording.start, min(t, self.recording.end))

    def faster(self, step: int) -> None:
        """The next speed of SPEEDS up or down."""
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self.speed))
        self.speed = SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + step))]

    def to_mark(self, step: int) -> None:
        """The next mark or round, or the one before."""
        marks = self.recording.marks()
        if step > 0:
            self.seek(next((t for t in marks if t > self.t + 1e-6), self.recording.end))
        else:
            self.seek(next((t for t in reversed(marks) if t < self.t - 0.5), self.recording.start))

    def _skip_silence(self) -> None:
        """In the middle of a long silence: go to a moment before it ends."""
        after = bisect_right(self._seen, self.t)
        self.skipped = False
        if 0 < after < len(self._seen):
            since, until = self._seen[after - 1], self._seen[after]
            if until - since > 2 * IDLE_S and self.t - since > IDLE_S and until - self.t > IDLE_S:
                self.t = until - IDLE_S / 2
                self.skipped = True


def speed_of(text: str) -> float:
    """A speed from 0.5 to 50. Raises ValueError with a sentence."""
    try:
        speed = float(text.rstrip("xX"))
    except ValueError:
        raise ValueError(f"{text} is no speed; take 0.5 to 50") from None
    if not SPEEDS[0] <= speed <= SPEEDS[-1]:
        raise ValueError(f"speed {text} is out of range; take 0.5 to 50")
    return speed
