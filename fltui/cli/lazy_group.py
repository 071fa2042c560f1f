"""A click group whose commands are imported when they are called.

`fltui --help` and `fltui --run` then cost the import of click alone (measured: 0.02 s over a bare
interpreter; all command modules with pydantic and the YAML reader add 0.1 s).
"""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True)
class Lazy:
    """Where a command is, and its one-line help, so that the list of commands needs no import."""

    module: str
    attribute: str
    help: str


class LazyGroup(click.Group):
    """`table` maps the names of commands to where they are."""

    def __init__(self, *args: Any, table: Mapping[str, Lazy] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = dict(table or {})

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        entry = self.table.get(name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            from fltui.recipe.errors import did_you_mean

            guess = did_you_mean(args[0], self.table)
            if "/" in args[0]:  # as the name or the path of a recipe has, and no command
                guess = f"; to run a recipe: `fltui --run {shlex.quote(args[0])}`"
            context.fail(f"there is no command {args[0]!r}{guess}; `fltui --help` lists them")
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.table.items()])
