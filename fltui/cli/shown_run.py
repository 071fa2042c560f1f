"""Which run a view is opened on when RUN may be left out."""

from __future__ import annotations

from pathlib import Path

from fltui.cli.errors import CommandFailed
from fltui.record.runs import find_run, list_runs


def shown_run(run: str | None, command: str) -> Path:
    """The run that RUN means, else the newest live one. Raises CommandFailed where none lives."""
    if run is not None:
        return find_run(run, live_first=True)
    newest = next((entry.folder for entry in list_runs() if entry.alive), None)
    if newest is None:
        raise CommandFailed(f"no run is live; `fltui runs` lists past ones, `fltui {command} RUN` opens one")
    return newest
