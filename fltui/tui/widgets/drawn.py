"""A piece of styled text on the screen that costs nothing while it stays the same."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static


class Drawn(Static):
    """`draw(text)` repaints only when the text differs, and lays the screen out anew only when it
    takes another number of rows: beside a run in which nothing happens, nothing is sent."""

    class Placed(Message):
        """It has another size: what was drawn for the old one may be cut, or may not have been drawn."""

    _drawn: Text | None = None
    _rows = -1

    def draw(self, text: Text) -> None:
        if text == self._drawn and text.style == self._drawn.style:
            return
        self._drawn = text
        rows = self._rows_of(text)
        self.update(text, layout=rows != self._rows)
        self._rows = rows

    def on_resize(self, event: events.Resize) -> None:
        self.post_message(self.Placed())

    def _rows_of(self, text: Text) -> int:
        """How many rows it takes; 1 where the style sheet fixes the height."""
        height, width = self.styles.height, self.content_size.width
        if height is not None and not height.is_auto:
            return 1
        return len(text.wrap(self.app.console, width)) if width > 0 else -2
