"""`fltui attach`: the terminal app on one run, live or finished."""

from __future__ import annotations

import click

from fltui.cli.app import open_app
from fltui.cli.shown_run import shown_run
from fltui.record.manifest import read_manifest


@click.command()
@click.argument("run", required=False)
@click.option("--read-only", is_flag=True, help="For an audience: no key reaches a process.")
def attach(run: str | None, read_only: bool) -> int:
    """Open the terminal app on RUN, or on the newest live run. Leaving never stops it."""
    folder = shown_run(run, "attach")
    read_manifest(folder)  # says now that it is no run
    return open_app("`fltui logs RUN -f` follows a run without one", run=folder, read_only=read_only)
