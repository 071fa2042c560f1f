"""An input of one line into which a text of several can be pasted without losing any."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class OneLine(Input):
    """Several pasted lines are refused with a sentence: what is taken in part looks as if it were whole."""

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        lines = [line for line in event.text.splitlines() if line.strip()]
        if len(lines) > 1:
            self.take_lines(event.text)
        elif lines:
            self.replace(lines[0], *self.selection)

    def take_lines(self, text: str) -> None:
        """What becomes of a pasted text of several lines."""
        lines = sum(bool(line.strip()) for line in text.splitlines())
        self.notify(
            f"{lines} lines were pasted, and one is taken here: none of them was put in", severity="warning"
        )
