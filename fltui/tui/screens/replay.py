"""A finished run in the very same screen, played with the clock."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from fltui.tui.numbers import clock
from fltui.tui.replay_feed import ReplayFeed, ReplayLog
from fltui.tui.screens.keys import Key
from fltui.tui.screens.run import RunScreen
from fltui.tui.screens.run_keys import RUN_KEYS, kept_keys

REPLAY_KEYS: tuple[Key, ...] = (
    Key("replay.pause", "space", "pause", "pause", "pause, or go on"),
    Key("replay.slower", "minus", "speed(-1)", "slower", "slower: 0.5 to 50 times"),
    Key("replay.faster", "plus,equals_sign", "speed(1)", "faster", "faster"),
    Key("replay.next_mark", "right_square_bracket", "mark_at(1)", "next round", "to the next round or mark"),
    Key(
        "replay.previous_mark",
        "left_square_bracket",
        "mark_at(-1)",
        "round before",
        "to the round or mark before",
    ),
    Key("replay.start", "0", "seek(0)", "start", "to the beginning"),
    *(Key(f"replay.tenth_{n}", str(n), f"seek({n})", "", "") for n in range(1, 10)),
)
_FOOTER = [
    ("Space", "pause"),
    ("- +", "speed"),
    ("[ ]", "round or mark"),
    ("0-9", "tenths"),
    ("z", "zoom"),
    ("/", "search"),
    ("Tab", "pane"),
    ("g", "topology"),
    ("q", "leave"),
]


class ReplayScreen(RunScreen):
    """The run screen with a playhead."""

    KEYS: ClassVar[tuple[Key, ...]] = (*REPLAY_KEYS, *RUN_KEYS)
    KEYS_OF = "a replay"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in REPLAY_KEYS)
    ]

    def __init__(self, folder: Path, speed: float) -> None:
        super().__init__(folder, read_only=True)
        self.replayed = ReplayFeed(folder, speed)
        self.feed = self.replayed

    def _arrange(self) -> None:
        super()._arrange()
        for pane in self.panes.values():
            if not isinstance(pane.lines.log_view, ReplayLog):
                pane.lines.log_view = ReplayLog(pane.lines.log_view.path, self.replayed.head)

    def take_layout(self) -> None:
        """A replay begins as a run does: what comes to the front shows what happens."""

    @property
    def now(self) -> float:
        return self.replayed.head.t

    def _note(self) -> str:
        head = self.replayed.head
        at = clock(head.t - self.replayed.recording.start)
        whole = clock(self.replayed.recording.end - self.replayed.recording.start)
        how = "paused" if head.paused else "skips" if head.skipped else f"{head.speed:g}x"
        if self.size.width < 100:
            return f"replay {at} {how}"
        return f"replay {at} of {whole}  {how}"

    def footer(self) -> list[tuple[str, str]]:
        return super().footer() if self.typing else [*kept_keys(self), *_FOOTER]

    def action_pause(self) -> None:
        self.replayed.head.paused = not self.replayed.head.paused
        self.refresh_run()

    def action_speed(self, step: int) -> None:
        self.replayed.head.faster(step)
        self.refresh_run()

    def action_mark_at(self, step: int) -> None:
        self.replayed.head.to_mark(step)
        self._moved()

    def action_seek(self, tenth: int) -> None:
        recording = self.replayed.recording
        self.replayed.head.seek(recording.start + (recording.end - recording.start) * tenth / 10)
        self._moved()

    def _moved(self) -> None:
        """The time went elsewhere: the panes look anew."""
        self.feed.poll()
        for pane in self.panes.values():
            pane.lines.follow()
        self.refresh_run()
