"""Numbers that remember how they were written, so that `1.10` given as text stays `1.10`."""

from __future__ import annotations

import re
from typing import Any

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")


class WrittenInt(int):
    """An int and its text in the file."""

    written: str

    @classmethod
    def read(cls, text: str) -> WrittenInt:
        """Raises ValueError for what YAML 1.2's core schema does not call an int."""
        if not _INT.fullmatch(text):
            raise ValueError(text)
        number = cls(text, 0) if text[:2] in ("0o", "0x") else cls(text, 10)
        number.written = text
        return number


class WrittenFloat(float):
    """A float and its text in the file."""

    written: str

    @classmethod
    def read(cls, text: str) -> WrittenFloat:
        """Raises ValueError for what YAML 1.2's core schema does not call a float."""
        if "_" in text or ":" in text:
            raise ValueError(text)
        number = cls(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        number.written = text
        return number


def text_of(value: object) -> str | None:
    """A scalar as text, as it was written; None for what is no scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (WrittenInt, WrittenFloat)):
        return value.written
    if isinstance(value, (int, float)):
        return str(value)
    return None


def plain(value: Any) -> Any:
    """`value` without the memory of how it was written."""
    if isinstance(value, WrittenInt):
        return int(value)
    if isinstance(value, WrittenFloat):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
