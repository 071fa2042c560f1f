"""`fltui logs RUN [PROCESS]`: what the processes wrote, whole or followed."""

from __future__ import annotations

import heapq
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from fltui.cli.errors import UsageError
from fltui.cli.wording import plain
from fltui.recipe.errors import did_you_mean
from fltui.record.lock import owner
from fltui.record.log_view import Line, LogView
from fltui.record.reader import read_manifest
from fltui.record.runs import find_run
from fltui.record.snapshot import begin

_LINES_AT_ONCE = 4096
_BYTES_AT_ONCE = 1 << 20
_LOOK_S = 0.1


@click.command()
@click.argument("run")
@click.argument("process", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("-n", "most", type=click.IntRange(min=0), metavar="N", help="Only the last N lines of each.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: process, t, text.")
def logs(run: str, process: str | None, follow: bool, most: int | None, as_json: bool) -> None:
    """Print what PROCESS wrote: its bytes as they are, or on a terminal without what would command it.

    PROCESS may be a group (client for client-1, client-2 …). Without it all lines of all processes
    come in the order of their time, each with the name of its process.
    """
    folder = find_run(run, live_first=True)
    names = processes_of(folder, process)
    writers = [LogOut(folder, name, as_json, named=len(names) > 1 or process is None) for name in names]
    for writer in writers:
        writer.begin_at_last(most)
    if len(writers) == 1 and not as_json and not sys.stdout.isatty() and not writers[0].named:
        _bytes(writers[0], folder, follow)
        return
    while True:
        alive = follow and owner(folder) is not None
        for _, _, text in heapq.merge(*(writer.lines(final=not alive) for writer in writers)):
            print(text)
        sys.stdout.flush()
        if not alive:
            return
        time.sleep(_LOOK_S)


def processes_of(folder: Path, wanted: str | None) -> list[str]:
    """The processes that `wanted` names: one, a group, or all. Raises UsageError with a guess."""
    views = begin(read_manifest(folder)).processes
    names = [view.name for view in views.values() if wanted in (None, view.name, view.group)]
    if not names:
        known = ", ".join(views)
        raise UsageError(
            f"{folder.name} has no process {wanted!r}{did_you_mean(wanted or '', views)}; it has {known}"
        )
    return names


class LogOut:
    """One process's log on its way to stdout. `named`: its lines carry its name."""

    def __init__(self, folder: Path, name: str, as_json: bool, named: bool) -> None:
        self.name = name
        self.view = LogView(folder / "logs" / f"{name}.log")
        self.offset = 0
        self.named = named
        self._json = as_json
        self._last_t = 0.0

    def begin_at_last(self, most: int | None) -> None:
        if most is not None:
            last = self.view.last(most)
            self.offset = last[0].offset if last else self.view.size

    def lines(self, final: bool) -> Iterator[tuple[float, str, str]]:
        """(time, name, text) of the new lines; one without its newline only when it is `final`."""
        while found := self.view.lines(self.offset, _LINES_AT_ONCE):
            for line in found:
                if not line.complete and not final:
                    return
                self.offset = line.end
                # The index has a time every 50 ms; within one log the order is that of the bytes.
                self._last_t = max(self._last_t, self.view.time_at(line.offset) or 0.0)
                yield self._last_t, self.name, self._text(line)

    def _text(self, line: Line) -> str:
        text = plain(line.text)
        if self._json:
            return json.dumps({"process": self.name, "t": self._last_t or None, "text": text})
        return f"{self.name} | {text}" if self.named else text


def _bytes(writer: LogOut, folder: Path, follow: bool) -> None:
    """The log's bytes, exactly."""
    while True:
        alive = follow and owner(folder) is not None
        while data := writer.view.read(writer.offset, _BYTES_AT_ONCE):
            sys.stdout.buffer.write(data)
            writer.offset += len(data)
        sys.stdout.buffer.flush()
        if not alive:
            return
        time.sleep(_LOOK_S)
