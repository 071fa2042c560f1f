"""A question with a few answers, each a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog

_SCROLLS = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}


class Ask(Dialog[str]):
    """Ends with the answer's name. `choices`: (key, answer, words). `body`: what to know before one
    answers; where it is long it scrolls, by the arrows and a page at a time, between question and answers."""

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
        with Vertical(classes="dialog asking"):
            yield Static(question, classes="ask-question")
            with VerticalScroll(classes="ask-body", can_focus=False):
                yield Static(self._body)
            yield Static(answers, classes="ask-answers")

    def on_resize(self) -> None:
        self.set_class(self.size.height < 18, "low")
        if self._body is not None:
            self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """The body gets what question and answers leave: both are always in sight."""
        box, body = self.query_one(".asking"), self.query_one(".ask-body")
        most = box.styles.max_height
        room = self.size.height if most is None else int(self.size.height * most.value / 100)
        others = self.query_one(".ask-question").outer_size, self.query_one(".ask-answers").outer_size
        room -= box.gutter.height + body.styles.margin.height + sum(size.height for size in others)
        body.styles.max_height = max(1, room)
        whole = body.virtual_size.height <= room
        box.border_subtitle = "" if whole else "Up Down PgUp PgDn scroll"

    def on_key(self, event: events.Key) -> None:
        event.stop()
        for key, answer, _ in self._choices:
            if event.key == key:
                self.end(answer)
                return
        if self._body is not None and event.key in _SCROLLS:
            self.query_one(".ask-body").scroll_relative(y=_SCROLLS[event.key], animate=False)
