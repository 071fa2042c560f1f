"""One key of a screen."""

from __future__ import annotations

from typing import NamedTuple

_SHOWN = {
    "slash": "/",
    "full_stop": ".",
    "comma": ",",
    "question_mark": "?",
    "ampersand": "&",
    "exclamation_mark": "!",
    "number_sign": "#",
    "colon": ":",
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "space": "Space",
    "delete": "Del",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


class Key(NamedTuple):
    """`id` names it in config.toml; `does` is the footer's word, `help` the sentence."""

    id: str
    key: str
    action: str
    does: str
    help: str = ""

    @property
    def shown(self) -> str:
        """How help prints it."""
        return " ".join(_SHOWN.get(part, part) for part in self.key.split(","))
