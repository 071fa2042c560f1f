"""Text that does not fit ends with one sign that says so."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from fltui.tui.glyphs import glyph


def cut(text: Text, width: int) -> Text:
    """`text` itself, at most `width` cells wide."""
    if text.cell_len > width > 0:
        text.truncate(width - 1)
        text.append(glyph("cut"))
    return text


def cut_rows(text: Text, width: int, rows: int, console: Console) -> Text:
    """As much of `text` as stands in so many rows of `width` cells."""
    lines = text.wrap(console, width)
    if len(lines) <= rows:
        return text
    last = lines[rows - 1]
    last.rstrip()
    last.truncate(width - 1)
    last.append(glyph("cut"))
    return Text("\n").join(lines[:rows])
