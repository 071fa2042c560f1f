"""The one thing that expands in a recipe: `${{ name }}`, a dotted name in double braces.

No operators, no functions, no escapes. Text that is one expression and nothing else keeps the type
of its value; in longer text a value is written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_OPEN = "${{"
_EXPRESSION = re.compile(r"\$\{\{\s*([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)\s*\}\}")


class ExpressionError(ValueError):
    """Text holds a `${{` that is no expression. `offset` says where in the text."""

    def __init__(self, sentence: str, offset: int) -> None:
        super().__init__(sentence)
        self.offset = offset


@dataclass(frozen=True)
class Name:
    """One expression: its dotted name, and where its `${{` begins in the text."""

    name: str
    offset: int


def parse(text: str) -> list[str | Name]:
    """`text` as literal parts and names, in order. Raises ExpressionError."""
    parts: list[str | Name] = []
    at = 0
    while (start := text.find(_OPEN, at)) >= 0:
        match = _EXPRESSION.match(text, start)
        if match is None:
            raise ExpressionError(_fault(text, start), start)
        if start > at:
            parts.append(text[at:start])
        parts.append(Name(match[1], start))
        at = match.end()
    if at < len(text):
        parts.append(text[at:])
    return parts


def names(text: str) -> list[Name]:
    """The expressions in `text`. Raises ExpressionError."""
    return [part for part in parse(text) if isinstance(part, Name)] if _OPEN in text else []


def has_expression(text: str) -> bool:
    return _OPEN in text


def only_name(text: str) -> str | None:
    """The name, when `text` is one expression and nothing else (blanks around it are allowed)."""
    match = _EXPRESSION.fullmatch(text.strip())
    return match[1] if match else None


def expand(text: str, value_of: Callable[[str], Any]) -> Any:
    """`text` with its expressions replaced.

    One expression alone gives its value as it is; otherwise text, each value `written`.
    Raises ExpressionError, and whatever `value_of` raises for a name it does not know.
    """
    if _OPEN not in text:
        return text
    alone = only_name(text)
    if alone is not None:
        return value_of(alone)
    return "".join(part if isinstance(part, str) else written(value_of(part.name)) for part in parse(text))


def written(value: Any) -> str:
    """A value as text, as a person would write it in YAML. To YAML 1.1 (PyYAML, which IBM FL and OpenFL
    read theirs with) 5e-05 is text and 5.0e-05 a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text


def _fault(text: str, start: int) -> str:
    end = text.find("}}", start)
    if end < 0:
        return "`${{` is never closed by `}}`"
    inside = text[start + len(_OPEN) : end].strip()
    return (
        f"`${{{{ {inside} }}}}` is no expression; between the braces stands one name, such as params.rounds"
    )
