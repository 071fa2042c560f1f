"""What all parts of the run screen share: the run, the chosen pane, the line at the bottom."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

from textual.screen import Screen

from fltui.record.views import RunSnapshot, StepView
from fltui.tui.feed import RunFeed
from fltui.tui.layout import letters_for
from fltui.tui.screens.keys import Key
from fltui.tui.search import Search
from fltui.tui.widgets.curve import Curve
from fltui.tui.widgets.guide import Guide
from fltui.tui.widgets.input_line import InputLine
from fltui.tui.widgets.pane import Pane
from fltui.tui.widgets.search_bar import SearchBar


class RunBase(Screen[None]):
    KEYS: ClassVar[tuple[Key, ...]] = ()
    KEYS_OF: ClassVar[str] = "one run"

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        super().__init__()
        self.feed = RunFeed(folder, read_only)
        plans = self.feed.plan.get("processes", ())
        self.names: list[str] = [process["name"] for process in plans]
        self.letters = letters_for(self.names)
        self.panes: dict[str, Pane] = {}
        no_tools = [process["name"] for process in plans if process.get("role") != "tool"]
        self.chosen = (no_tools or self.names or [""])[0]
        self.zoomed = False
        self.picked = False  # a person chose the pane: it does not move by itself any more
        self.hidden: set[str] = set()  # panes that a person made rows
        self.curve = Curve()
        self.guide = Guide(str(self.feed.manifest.get("guide") or ""))
        self.search_bar = SearchBar()
        self.search = Search(self)

    @property
    def snapshot(self) -> RunSnapshot:
        return self.feed.snapshot

    @property
    def pane(self) -> Pane | None:
        """The chosen pane."""
        return self.panes.get(self.chosen)

    @property
    def typing(self) -> bool:
        return isinstance(self.focused, InputLine) or self.search_bar.open

    @property
    def has_matches(self) -> bool:
        """What was searched for is marked somewhere."""
        return any(pane.lines.look_of.pattern is not None for pane in self.panes.values())

    @property
    def searched(self) -> bool:
        """A search was kept, or told that it found nothing."""
        return not self.search_bar.has_class("hidden") or self.has_matches

    @property
    def narrowed(self) -> bool:
        """A filter or a level keeps lines of the chosen pane out of sight."""
        return self.pane is not None and self.pane.lines.narrowed

    @property
    def now(self) -> float:
        """The time that the screen shows, in Unix seconds."""
        return time.time()

    @property
    def waiting_step(self) -> StepView | None:
        """The step that waits for a person in the chosen pane."""
        return self.step_that_waits_in(self.chosen)

    def step_that_waits_in(self, process: str) -> StepView | None:
        """The step of `process` that waits for a person."""
        return next((step for step in self.snapshot.asking if step.process == process), None)

    def choose(self, name: str) -> None:
        self.chosen, self.picked = name, True
        self.hidden.discard(name)
        self.refresh_run()

    def refresh_run(self) -> None:
        """Shows the run as it stands; the whole screen knows how."""

    def show_keys(self) -> None:
        """Shows the keys that act now; the whole screen knows how."""

    def mark(self, text: str) -> None:
        """Puts a mark into the record; the steps' part knows how."""

    def ask(self, do: str, **fields: Any) -> bool:
        """Asks the supervisor; says so when that could not be done."""
        problem = self.feed.ask(do, **fields)
        if problem:
            self.notify(problem, severity="warning")
        return problem is None
