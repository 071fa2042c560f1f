"""One row of the bench table."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """`figures`: what was measured, in words; `ratio` and `must`: what DESIGN asks for, if it does."""

    name: str
    figures: tuple[str, ...]
    ratio: str = ""
    must: str = ""
    holds: bool | None = None
    notes: tuple[str, ...] = field(default=())
