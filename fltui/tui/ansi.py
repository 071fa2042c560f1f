"""A line of a child as styled text: its colours are kept, its cursor and title sequences are not obeyed."""

from __future__ import annotations

import functools
import re

from rich.text import Text

# Everything that is no SGR (colours, bold): cursor, screen, titles, clipboard, modes.
_OTHER_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-ln-~]|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[PX^_][^\x1b]*(?:\x1b\\|$)|[ -/]*[0-Z\\^-~])"
)
_PRIVATE_SGR = re.compile(r"\x1b\[[<=>?][0-?]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


@functools.lru_cache(maxsize=4096)
def styled(line: str) -> Text:
    """The visible part of one line."""
    text = _CONTROL.sub("", _PRIVATE_SGR.sub("", _OTHER_ESCAPES.sub("", line))).expandtabs(8)
    found = Text.from_ansi(text) if "\x1b" in text else Text(text.replace("\n", ""))
    found.no_wrap = True
    return found


def plain(line: str) -> str:
    return styled(line).plain
