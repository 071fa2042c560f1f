"""Numbers and sentences made of what a child printed: whatever that is, never an exception.

(Python's int() refuses 4,301 digits, float() an integer of 400, json a depth of 1,000, and a pattern's
group may hold anything: one such line must not end a run.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MOST_DIGITS = 9


def whole(value: object) -> int | None:
    """A round, a count: a whole number of at most nine digits, printed or from JSON; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**_MOST_DIGITS else None
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isdecimal():
        return int(value)
    return None


def amount(value: object) -> float | None:
    """A metric's value, printed or from JSON, infinities and nan included; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def json_value(line: str) -> Any:
    """The JSON value of a line. Raises ValueError, and nothing else, when it is none."""
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def sentence(template: str, facts: Mapping[str, object]) -> str:
    """A recipe's sentence with its `{names}` filled in; as it stands where it asks for what is not there."""
    try:
        return template.format_map(facts)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return template
