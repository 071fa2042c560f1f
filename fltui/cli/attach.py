"""`fltui attach`: the terminal app on one run, live or finished."""

from __future__ import annotations

import click

from fltui.cli.app import open_app
from fltui.cli.errors import CommandFailed
from fltui.record.runs import find_run, list_runs


@click.command()
@click.argument("run", required=False)
@click.option("--read-only", is_flag=True, help="For an audience: no key reaches a process.")
def attach(run: str | None, read_only: bool) -> int:
    """Open the terminal app on RUN, or on the newest live run. Leaving never stops it."""
    if run is None:
        live = [entry.folder for entry in list_runs() if entry.alive]
        if not live:
            raise CommandFailed("no run is live; `fltui runs` lists past ones, `fltui attach RUN` opens one")
        folder = live[0]
    else:
        folder = find_run(run)
    return open_app("`fltui logs RUN -f` follows a run without one", run=folder, read_only=read_only)
