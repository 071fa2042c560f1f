"""What a sweep shows: one live table on a terminal, a line a cell elsewhere; at its end table and curve."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fltui.cli.listing import print_table
from fltui.cli.runs import state_text
from fltui.cli.wording import clock_text, counted, duration_text
from fltui.facts.numbers import number_text
from fltui.record.views import RunSnapshot
from fltui.study.sweep_conductor import Conductor
from fltui.study.sweep_folder import CellRecord, SweepView
from fltui.study.sweep_grid import Cell
from fltui.study.sweep_plot import legend_note, plot
from fltui.study.sweep_summary import combinations, curves, rounds_to, sentences, unknown_metric
from fltui.study.sweep_table import cells_of, state_of, titles

_DRAW_S = 0.5
_QUIET_S = 60.0  # without a terminal, how often a sweep in which no cell ends says that it lives
_MARKS = {
    "ok": ("✓", "+", "green"),
    "failed": ("✗", "x", "red"),
    "live": ("●", "*", "cyan"),
    "interrupted": ("‖", "=", "yellow"),
    "pending": ("○", "o", "dim"),
}


class SweepShow:
    """All of it on stderr. `news` is the conductor's, and may come before `begin`."""

    def __init__(self, view: SweepView) -> None:
        self._view = view
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._drawn_at = self._said_at = 0.0
        self._numbers = {cell.id: number for number, cell in enumerate(view.cells, 1)}
        self._stopping = ""
        self._told_unknown = False
        terminal = self._console.is_terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._terminal = terminal

    def begin(self, conductor: Conductor) -> None:
        done = f", {conductor.kept} done before" if conductor.kept else ""
        self._say(
            f"sweep {self._view.name}: {counted(len(conductor.cells), 'cell')}{done}; {self._view.folder}"
        )
        if self._terminal and not conductor.over:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()

    def news(self, what: str, cell: Cell, record: CellRecord) -> None:
        """A line where there is no live table; above it, what goes by in no row: that a run is lost, and
        that the curve's metric is none of the runs'."""
        self._tell_unknown(record)
        place = f"{self._numbers[cell.id]} of {len(self._numbers)}: {cell.words}: "
        if what == "lost":
            self._say(f"{place}lost its engine and runs again: {record.reason} (run {record.run})")
        elif self._live is not None:
            return
        elif what == "started":
            self._say(f"{place}started, run {record.run}")
        elif what == "adopted":
            self._say(f"{place}goes on since the sweep was killed, run {record.run}")
        else:
            when = "ended meanwhile: " if what == "found" else ""
            took = f" in {duration_text(record.duration_s)}" if record.duration_s is not None else ""
            self._say(f"{place}{when}{record.verdict}{took}: {record.reason}")

    def _tell_unknown(self, record: CellRecord) -> None:
        """Once, after the first run that counts: the others need not have ended to learn it."""
        unknown = unknown_metric(self._view.against, [record])
        if unknown and not self._told_unknown:
            self._told_unknown = True
            self._say(unknown)

    def stopping(self, by_force: bool, by_key: bool) -> None:
        again = "; Ctrl-C again kills them at once" if by_key and not by_force else ""
        self._stopping = "killing what still runs" if by_force else f"stopping the live runs{again}"
        if self._live is None:
            self._say(self._stopping)

    def draw(self, conductor: Conductor) -> None:
        now = time.monotonic()
        if self._live is None:
            if now - self._said_at >= _QUIET_S:
                live = [words for id_ in conductor.live if (words := self._now(conductor, id_))]
                self._say(f"{self._progress(conductor)}; {', '.join(live) or 'starting'}")
            return
        if now - self._drawn_at >= _DRAW_S:
            self._drawn_at = now
            self._live.update(self._table(conductor), refresh=True)

    def close(self) -> None:
        """Takes the live table away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _say(self, text: str) -> None:
        self._said_at = time.monotonic()
        self._console.print(text, markup=False, soft_wrap=True)

    def _table(self, conductor: Conductor) -> Group:
        cells = tuple(conductor.records[cell.id] for cell in self._view.cells)
        rows = combinations(replace(self._view, cells=cells))
        live = conductor.live
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for title in titles(self._view):
            table.add_column(title, no_wrap=True)
        table.add_column("now", no_wrap=True)
        most = max(3, self._console.size.height - 5)
        busy = [index for index, row in enumerate(rows) if any(cell.id in live for cell in row.cells)]
        first = max(0, min((busy[0] if busy else 0) - most // 2, len(rows) - most))
        for row in rows[first : first + most]:
            marks = Text(" ").join(self._mark(cell, cell.id in live) for cell in row.cells)
            now = ", ".join(
                words for cell in row.cells if cell.id in live and (words := self._now(conductor, cell.id))
            )
            words_of: list[Text | str] = list(cells_of(row, self._view))
            words_of[len(row.values)] = marks
            table.add_row(*words_of, now)
        hidden = len(rows) - most
        more = [Text(f"… {hidden} more rows", style="dim")] if hidden > 0 else []
        return Group(table, *more, Text(f"\n{self._progress(conductor)}", style="dim"), Text(self._stopping))

    def _mark(self, cell: CellRecord, live: bool) -> Text:
        kind = state_of(cell, live)
        sign, plain, style = _MARKS[kind]
        return Text(sign if _utf8(self._console.encoding) else plain, style=style)

    def _now(self, conductor: Conductor, cell: str) -> str:
        """`round 2 of 5, accuracy 0.712`."""
        snapshot: RunSnapshot | None = conductor.live.get(cell)
        if snapshot is None:
            return ""
        value = snapshot.finals.get(self._view.metric)
        return state_text(snapshot) + (
            f", {self._view.metric} {number_text(value)}" if value is not None else ""
        )

    def _progress(self, conductor: Conductor) -> str:
        records = list(conductor.records.values())
        done = [record for record in records if record.finished]
        failed = sum(record.failed for record in records)
        words = f"{len(done)} of {counted(len(records), 'cell')} done"
        words += f", {failed} failed" if failed else ""
        times = [record.duration_s for record in done if record.duration_s]
        if times and conductor.pending:
            left = sum(times) / len(times) * (conductor.pending + len(conductor.live) / 2)
            words += f", about {clock_text(left / max(1, conductor.jobs))} left"
        return words


def print_results(view: SweepView) -> None:
    """Table and curve on stdout; what they cannot say on stderr."""
    print_table(titles(view), [cells_of(row, view) for row in combinations(view)])
    size = shutil.get_terminal_size((80, 24))
    lines = plot(view, min(size.columns, 100), min(24, max(14, size.lines - 4)), _utf8(sys.stdout.encoding))
    if lines:
        print("\n".join(["", *lines, f"  {legend_note(curves(view))}"]))
    sys.stdout.flush()
    for sentence in sentences(view):
        print(sentence, file=sys.stderr)


def sweep_object(view: SweepView, files: Mapping[str, Path], code: int, reason: str) -> dict[str, Any]:
    """The one object of `--json`."""
    return {
        "schema": 1,
        "recipe": view.recipe,
        "sweep": view.name,
        "folder": str(view.folder),
        "exit_code": code,
        "reason": reason,
        "metric": view.metric,
        "target": view.target,
        "against": view.against,
        "swept": view.swept,
        "seeds": view.seeds,
        "cells": [
            {
                "values": cell.values,
                "run": cell.run,
                "folder": cell.folder,
                "verdict": cell.verdict,
                "exit_code": cell.exit_code,
                "reason": cell.reason,
                "score": cell.score,
                "metrics": cell.metrics,
                "rounds_done": cell.rounds_done,
                "rounds_to_target": rounds_to(cell, view.target),
                "duration_s": cell.duration_s,
            }
            for cell in view.cells
        ],
        "curve": [
            {
                "values": dict(row.values),
                "cells": len(row.cells),
                "counted": len(row.scores),
                "mean": row.mean,
                "std": row.spread,
                "against": row.place,
                "rounds_to_target": row.rounds_to_target,
                "reached": sum(number is not None for number in row.reached),
            }
            for row in combinations(view)
        ],
        "files": {kind: str(path) for kind, path in files.items()},
    }


def _utf8(encoding: str | None) -> bool:
    return (encoding or "ascii").lower().replace("-", "").replace("_", "") == "utf8"
