"""The user's settings: `config.toml` in the config folder (`fltui locate` prints it).

theme = "dark"            # dark, light, contrast, ansi
mouse = false             # leaves it to the terminal
[keys]                    # by the id of a binding; docs/keys.md lists them
"run.detach" = "ctrl+d"
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from textual.keys import _normalize_key_list

from fltui.facts.site import config_folder
from fltui.tui.screens.keys import EVERYWHERE, Key
from fltui.tui.themes import PALETTES

THEMES = tuple(name.removeprefix("fltui-") for name in PALETTES)


_SETTINGS = ("theme", "mouse", "keys")


class ConfigError(ValueError):
    """What is wrong in config.toml, with file and line."""


@dataclass(frozen=True)
class Config:
    """`theme` is None where the file names none. `keys`: binding id to key."""

    theme: str | None = None
    mouse: bool = True
    keys: dict[str, str] = field(default_factory=dict)


def read_config(screens: Iterable[Sequence[Key]], path: Path | None = None) -> Config:
    """The settings; defaults without a file. `screens`: the keys that act together. Raises ConfigError."""
    path = path or config_folder() / "config.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    for name in value:
        if name not in _SETTINGS:
            raise _problem(path, text, name, f"no setting {name}", list(_SETTINGS))
    theme, mouse, keys = value.get("theme"), value.get("mouse", True), value.get("keys", {})
    if theme is not None and theme not in THEMES:
        raise _problem(path, text, "theme", f"no theme {theme!r}; there are {', '.join(THEMES)}")
    if not isinstance(mouse, bool):
        raise _problem(path, text, "mouse", "mouse is true or false")
    if not isinstance(keys, dict):
        raise _problem(path, text, "keys", "keys is a table: [keys]")
    screens = list(screens)
    known = {key.id for screen in screens for key in screen}
    for name, key in keys.items():
        if name not in known:
            raise _problem(path, text, name, f"no binding {name}", sorted(known))
        if not isinstance(key, str) or not key:
            raise _problem(path, text, name, f"{name} takes a key such as ctrl+d")
    changed = {str(name): _normalize_key_list(key) for name, key in keys.items()}
    for screen in screens:
        clash = _clash(screen, changed)
        if clash:
            raise _problem(path, text, *clash)
    return Config(theme, mouse, changed)


def _clash(screen: Sequence[Key], changed: dict[str, str]) -> tuple[str, str] | None:
    """The binding that the user gave a key which has a meaning on the same screen already, and how to say so."""
    meaning: dict[str, Key] = {}
    for key in sorted(
        screen, key=lambda key: key.id in changed
    ):  # the user's come after those they clash with
        for part in changed.get(key.id, key.key).split(","):
            if key.id in changed and part in EVERYWHERE:
                return key.id, f"{key.id} takes {part}, which {EVERYWHERE[part]} on every screen"
            other = meaning.setdefault(part, key)
            if other is not key:
                return (
                    key.id,
                    f"{key.id} takes {key._replace(key=part).shown}, which is the key of {other.id}",
                )
    return None


def _problem(path: Path, text: str, word: str, says: str, near: list[str] | None = None) -> ConfigError:
    line = next((n for n, row in enumerate(text.splitlines(), 1) if word in row), 1)
    close = difflib.get_close_matches(word, near or [], 1)
    return ConfigError(f"{path}:{line}: {says}" + (f"; did you mean {close[0]}?" if close else ""))
