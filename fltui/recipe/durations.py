"""Durations as people write them: `30` (seconds), `500ms`, `60s`, `10m`, `1h30m`."""

from __future__ import annotations

import math
import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"
_WHOLE = re.compile(PATTERN)


def seconds(value: object) -> float:
    """`value`, a number of seconds or text with units, in seconds. Raises ValueError with a sentence."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
    else:
        text = str(value).strip()
        if _WHOLE.match(text):
            number = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))
        else:
            try:
                number = float(text)
            except ValueError:
                raise ValueError(f"{text!r} is no duration; write 30s, 10m, 1h30m or seconds") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is no duration; it is not a finite number of seconds from 0")
    return number


def duration_text(value: float) -> str:
    """Seconds in the shortest exact form: 90 -> 1m30s, 0.5 -> 500ms."""
    if value < 1 or value != int(value):
        return f"{value * 1000:g}ms" if value < 1 else f"{value:g}s"
    left, parts = int(value), ""
    for unit, size in (("h", 3600), ("m", 60), ("s", 1)):
        amount, left = divmod(left, size)
        parts += f"{amount}{unit}" if amount else ""
    return parts or "0s"
