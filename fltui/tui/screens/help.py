"""Every key of the screen below, with what it does."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog
from fltui.tui.screens.keys import everywhere


class HelpScreen(Dialog[None]):
    def __init__(self, title: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title_text = title
        self._keys = keys

    def compose(self) -> ComposeResult:
        palette = Palette.of(self.app)
        text = Text.assemble((f"keys: {self._title_text}", f"bold {palette['bright']}"), "\n")
        for key, does in [*self._keys, *everywhere()]:
            text.append(f"\n {key:<12}", f"bold {palette['accent']}").append(does, palette["normal"])
        text.append("\n\n Esc closes", palette["dim"])
        with VerticalScroll(classes="dialog help"):
            yield Static(text)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "q", "question_mark", "enter"):
            event.stop()
            self.end()
