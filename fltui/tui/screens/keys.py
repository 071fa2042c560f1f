"""One key of a screen, and which key that is for this user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from textual.app import App

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
    "ctrl+c": "Ctrl-C",
    "ctrl+q": "Ctrl-Q",
    "ctrl+p": "Ctrl-P",
}
EVERYWHERE = {
    "ctrl+c": "leaves a field, or does what q does",
    "ctrl+q": "does what q does, in a field too",
    "ctrl+p": "lists every command",
}
"""The keys that config.toml cannot change, and what they do on every screen."""


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


def everywhere() -> list[tuple[str, str]]:
    """EVERYWHERE as help prints it."""
    return [(_SHOWN[key], does) for key, does in EVERYWHERE.items()]


def users_keys(keys: Sequence[Key], app: App[Any]) -> tuple[Key, ...]:
    """The keys of a screen as config.toml changed them."""
    changed: Mapping[str, str] = getattr(app, "changed_keys", {})
    return tuple(key._replace(key=changed.get(key.id, key.key)) for key in keys)


def users_words(keys: Sequence[Key], app: App[Any]) -> dict[str, str]:
    """What is shown for a key that came with fltui, to what is shown for the user's; only where they differ."""
    pairs = zip(keys, users_keys(keys, app), strict=True)
    return {old: new.shown for key, new in pairs if key.key != new.key for old in key.shown.split(" ")}
