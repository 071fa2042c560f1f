"""A question with a few answers, each a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog

_SCROLLS = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}


class Ask(Dialog[str]):
    """Ends with the answer's name. `choices`: (key, answer, words). `body`: what to know before one
    answers; the arrows scroll it where it is long."""

    def __init__(
        self, question: str, choices: Sequence[tuple[str, str, str]], body: Text | None = None
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = choices
        self._body = body

    def compose(self) -> ComposeResult:
        palette = Palette.of(self.app)
        question = Text(self._question, f"bold {palette['bright']}")
        answers = Text()
        for key, _, words in self._choices:
            if not words:  # another key for an answer that is told already
                continue
            name = {"escape": "Esc", "enter": "Enter"}.get(key, key)
            answers.append(f"\n  {name:<6}", f"bold {palette['accent']}").append(words, palette["normal"])
        if self._body is None:
            yield Static(Text.assemble(question, "\n", answers), classes="dialog")
            return
        with VerticalScroll(classes="dialog asking", can_focus=False):
            yield Static(question)
            with VerticalScroll(classes="ask-body", can_focus=False):
                yield Static(self._body)
            yield Static(answers)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        for key, answer, _ in self._choices:
            if event.key == key:
                self.end(answer)
                return
        if self._body is not None and event.key in _SCROLLS:
            self.query_one(".ask-body").scroll_relative(y=_SCROLLS[event.key], animate=False)
