"""The colours of the present theme, by the names of the visual language, for text that we style."""

from __future__ import annotations

from functools import lru_cache

from textual.app import App

from fltui.tui.glyphs import state_colour
from fltui.tui.themes import PALETTES

_RICH_ANSI = {
    "ansi_default": "default",
    "ansi_cyan": "cyan",
    "ansi_green": "green",
    "ansi_yellow": "yellow",
    "ansi_bright_red": "bright_red",
    "ansi_blue": "blue",
    "ansi_bright_black": "bright_black",
}


class Palette:
    """`palette["accent"]` is a Rich style for a name; in ANSI dim text uses the dim attribute, since
    some schemes make bright black invisible."""

    def __init__(self, theme: str) -> None:
        colours = PALETTES.get(theme, PALETTES["fltui-dark"])
        self.paints = theme != "fltui-ansi"  # grounds have colours of their own
        self._styles = {name: _RICH_ANSI.get(value, value) for name, value in colours.items()}
        if theme == "fltui-ansi":
            self._styles["dim"] = self._styles["rule"] = "dim"
            self._styles["bright"] = "bold"

    @classmethod
    def of(cls, app: App[object]) -> Palette:
        return _palette(app.theme)

    def __getitem__(self, name: str) -> str:
        return self._styles[name]

    def state(self, state: str) -> str:
        return self._styles[state_colour(state)]


@lru_cache
def _palette(theme: str) -> Palette:
    return Palette(theme)
