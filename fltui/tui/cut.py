"""Text that does not fit ends with one sign that says so."""

from __future__ import annotations

from rich.text import Text

from fltui.tui.glyphs import glyph


def cut(text: Text, width: int) -> Text:
    """`text` itself, at most `width` cells wide."""
    if text.cell_len > width > 0:
        text.truncate(width - 1)
        text.append(glyph("cut"))
    return text
