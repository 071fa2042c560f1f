"""The user's settings: `config.toml` in the config folder (`fltui locate` prints it).

theme = "dark"            # dark, light, contrast, ansi
mouse = false             # leaves it to the terminal
[keys]                    # by the id of a binding; docs/keys.md lists them
"run.detach" = "ctrl+d"
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from fltui.facts.site import config_folder
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


def read_config(known: set[str], path: Path | None = None) -> Config:
    """The settings; defaults without a file. `known`: the ids of all bindings. Raises ConfigError."""
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
    for name, key in keys.items():
        if name not in known:
            raise _problem(path, text, name, f"no binding {name}", sorted(known))
        if not isinstance(key, str) or not key:
            raise _problem(path, text, name, f"{name} takes a key such as ctrl+d")
    return Config(theme, mouse, {str(name): str(key) for name, key in keys.items()})


def _problem(path: Path, text: str, word: str, says: str, near: list[str] | None = None) -> ConfigError:
    line = next((n for n, row in enumerate(text.splitlines(), 1) if word in row), 1)
    close = difflib.get_close_matches(word, near or [], 1)
    return ConfigError(f"{path}:{line}: {says}" + (f"; did you mean {close[0]}?" if close else ""))
