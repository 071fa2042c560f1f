"""Names in a plan's text that are filled in late: ports before the start, secrets at the spawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_LATE = re.compile(r"\$\{\{ (ports|inputs)\.([A-Za-z0-9_.-]+) \}\}")


def late_name(kind: str, name: str) -> str:
    """The text that stands for a port or a secret until it is known."""
    return f"${{{{ {kind}.{name} }}}}"


def fill(text: str, kind: str, values: Mapping[str, Any]) -> str:
    """`text` with the late names of `kind` replaced; names that `values` lacks stay."""

    def value(match: re.Match[str]) -> str:
        if match[1] != kind or match[2] not in values:
            return match[0]
        return str(values[match[2]])

    return _LATE.sub(value, text)


def late_names(text: str, kind: str) -> list[str]:
    """The late names of `kind` in `text`, in order."""
    return [match[2] for match in _LATE.finditer(text) if match[1] == kind]


def map_text(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with `change` applied to each text in it, keys left alone."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: map_text(item, change) for key, item in value.items()}
    return value
