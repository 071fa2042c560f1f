"""A question with a few answers, each a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog


class Ask(Dialog[str]):
    """Ends with the answer's name. `choices`: (key, answer, words)."""

    def __init__(self, question: str, choices: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._question = question
        self._choices = choices

    def compose(self) -> ComposeResult:
        palette = Palette.of(self.app)
        text = Text.assemble((self._question, f"bold {palette['bright']}"), "\n")
        for key, _, words in self._choices:
            name = "Esc" if key == "escape" else key
            text.append(f"\n  {name:<4}", f"bold {palette['accent']}").append(words, palette["normal"])
        yield Static(text, classes="dialog")

    def on_key(self, event: events.Key) -> None:
        event.stop()
        for key, answer, _ in self._choices:
            if event.key == key:
                self.end(answer)
