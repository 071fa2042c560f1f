"""`when`: an expression that must be true, or two texts compared by `==` or `!=`.

A list of conditions holds when all of them do. False are: false, 0, nothing, and the texts false,
no, off, 0 and the empty one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from fltui.recipe.expressions import expand, written

_COMPARISON = re.compile(r"\s(==|!=)\s")
_FALSE_TEXTS = ("", "false", "no", "off", "0")


class ConditionError(ValueError):
    """A condition with more than one comparison."""


def split(text: str) -> tuple[str, str, str] | None:
    """Left side, `==` or `!=`, right side; None for a condition without a comparison."""
    parts = _COMPARISON.split(f" {text} ")
    if len(parts) > 3:
        raise ConditionError("a condition compares once; give a list for several that must hold")
    return (parts[0].strip(), parts[1], parts[2].strip()) if len(parts) == 3 else None


def holds(conditions: Iterable[str] | None, value_of: Callable[[str], Any]) -> bool:
    """Whether all conditions hold; without any, they do."""
    return all(_holds(text, value_of) for text in conditions or ())


def _holds(text: str, value_of: Callable[[str], Any]) -> bool:
    sides = split(text)
    if sides is None:
        return is_true(expand(text, value_of))
    left, operator, right = sides
    equal = written(expand(left, value_of)).strip() == written(expand(right, value_of)).strip()
    return equal if operator == "==" else not equal


def is_true(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _FALSE_TEXTS
    return bool(value)
