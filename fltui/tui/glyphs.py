"""One glyph and one colour a state, and ASCII where the terminal has no UTF-8."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping

GLYPHS: dict[str, tuple[str, str]] = {
    "running": ("●", "*"),
    "pending": ("○", "o"),
    "skipped": ("⊘", "/"),
    "done": ("✓", "+"),
    "failed": ("✗", "x"),
    "waits": ("▲", "!"),
    "asks": ("?", "?"),
    "build": ("↓", "v"),
    "paused": ("‖", "="),
    "round": ("◆", "#"),
    "mark": ("⚑", "@"),
    "input": ("›", ">"),
    "chosen": ("▸", ">"),
    "rule": ("─", "-"),
    "heavy": ("━", "="),
    "side": ("│", "|"),
    "cut": ("…", "~"),
    "bar": ("█", "#"),
    "nobar": ("░", "."),
    "dot": ("•", "*"),
}
# How full the topmost cell of an upright bar is, from little to all of it.
LEVELS: tuple[str, str] = ("▁▂▃▄▅▆▇█", ".:#")
# Process and run states, and the verdicts, by the glyph and the colour (a CSS variable) they have.
STATES: dict[str, tuple[str, str]] = {
    "pending": ("pending", "dim"),
    "skipped": ("skipped", "dim"),
    "starting": ("pending", "accent"),
    "running": ("running", "green"),
    "ready": ("running", "green"),
    "waiting": ("waits", "amber"),
    "stalled": ("waits", "amber"),
    "held": ("paused", "amber"),
    "stopping": ("paused", "amber"),
    "done": ("done", "green"),
    "stopped": ("paused", "dim"),
    "ok": ("done", "green"),
    "failed": ("failed", "red"),
    "timeout": ("failed", "red"),
    "recipe": ("failed", "red"),
    "not-ready": ("failed", "red"),
    "unanswered": ("failed", "red"),
    "leftovers": ("failed", "red"),
    "environment": ("failed", "red"),
    "interrupted": ("paused", "amber"),
    "ended": ("done", "dim"),
}


def has_utf8(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal's locale can show more than ASCII."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if environ.get(name):
            return "utf-8" in environ[name].lower().replace("utf8", "utf-8")
    return locale.getpreferredencoding(False).lower().replace("utf8", "utf-8") == "utf-8"


_ASCII = 0 if has_utf8() else 1


def glyph(name: str) -> str:
    return GLYPHS[name][_ASCII]


def levels() -> str:
    return LEVELS[_ASCII]


def state_glyph(state: str) -> str:
    return glyph(STATES.get(state, ("pending", "dim"))[0])


def state_colour(state: str) -> str:
    """The name of the palette's colour for a state."""
    return STATES.get(state, ("pending", "dim"))[1]
