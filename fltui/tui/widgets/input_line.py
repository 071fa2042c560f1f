"""The line in which a person types to a process; with the recipe's commands and what was typed before."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from fltui.tui.glyphs import glyph


class InputLine(Input):
    """`typing`: it has the focus and letters go into it. Posts Typed and Left."""

    BINDINGS = [
        Binding("escape", "leave", "keys"),
        Binding("up", "older", "older", show=False),
        Binding("down", "newer", "newer", show=False),
        Binding("tab", "complete", "completes", show=False),
    ]

    class Typed(Message):
        """A line to send to the pane's process."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Letters act as keys again."""

    def __init__(self, commands: Sequence[str]) -> None:
        super().__init__(
            placeholder="type a line to the process",
            suggester=SuggestFromList(list(commands), case_sensitive=False) if commands else None,
            classes="input-line hidden",
            compact=True,
        )
        self._commands = list(commands)
        self._typed: list[str] = []
        self._at = 0
        self.typing = False

    def suggest(self, text: str) -> None:
        """What a waiting step would send, as the placeholder."""
        self.placeholder = f"{glyph('input')} {text}" if text else "type a line to the process"

    def begin(self, text: str = "", hidden: bool = False) -> None:
        """Takes the focus; `hidden`: what is typed is not shown."""
        self.typing = True
        self.remove_class("hidden")
        self.password = hidden
        self.value = text
        self.cursor_position = len(text)
        self.focus()

    def action_leave(self) -> None:
        self.typing = False
        self.value = ""
        self.post_message(self.Left())

    def on_blur(self) -> None:
        self.typing = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.password and event.value:
            self._typed.append(event.value)
            self._at = len(self._typed)
        self.post_message(self.Typed(event.value))
        self.value = ""

    def action_older(self) -> None:
        if self._typed and self._at > 0:
            self._at -= 1
            self.value = self._typed[self._at]

    def action_newer(self) -> None:
        self._at = min(self._at + 1, len(self._typed))
        self.value = self._typed[self._at] if self._at < len(self._typed) else ""

    def action_complete(self) -> None:
        match = next((c for c in self._commands if c.lower().startswith(self.value.lower())), None)
        if match:
            self.value = match
            self.cursor_position = len(match)
