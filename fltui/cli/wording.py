"""Small pieces of text that several commands print: counts, durations, safe child output."""

from __future__ import annotations

import re

# A child's bytes must not retitle, clear or paste into the terminal of whoever reads its log.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clock_text(seconds: float) -> str:
    """`04:12`, from an hour on `1:04:12`."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def duration_text(seconds: float) -> str:
    """`21.3 s`, from two minutes on `04:12`."""
    return f"{seconds:.1f} s" if seconds < 120 else clock_text(seconds)


def plain(text: str) -> str:
    """`text` of a child without escape sequences and control characters; tabs stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text.rstrip("\r\n").rpartition("\r")[2]))


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 process`, `3 processes`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
