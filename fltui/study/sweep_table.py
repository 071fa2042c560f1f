"""The table of a sweep, for whatever front end: its columns, its rows, the state of a cell. Pure."""

from __future__ import annotations

from fltui.facts.numbers import number_text
from fltui.study.sweep_folder import CellRecord, SweepView
from fltui.study.sweep_grid import value_text
from fltui.study.sweep_summary import Combination, reached_words, score_words


def state_of(cell: CellRecord, live: bool) -> str:
    """ok, failed, live, interrupted or pending."""
    if live:
        return "live"
    if cell.verdict is None:
        return "pending"
    return "failed" if cell.failed else cell.verdict.value


def titles(view: SweepView) -> list[str]:
    """Of the columns that `cells_of` fills."""
    target = [f"rounds to {value_text(view.target)}"] if view.target is not None else []
    against = [view.against] if view.against is not None else []
    return [*view.swept, "runs", *against, view.metric, *target, "took"]


def cells_of(row: Combination, view: SweepView) -> list[str]:
    """A row of the table. `runs` says how many of its runs are done, `took` how long they took in the mean."""
    done = sum(cell.finished for cell in row.cells)
    failed = sum(cell.failed for cell in row.cells)
    runs = f"{done} of {len(row.cells)}" + (f", {failed} failed" if failed else "")
    times = [cell.duration_s for cell in row.cells if cell.duration_s is not None]
    took = _duration(sum(times) / len(times)) if times else ""
    target = [reached_words(row, view.target)] if view.target is not None else []
    against = [] if view.against is None else ["" if row.place is None else number_text(row.place)]
    values = (value_text(value) for _, value in row.values)
    return [*values, runs, *against, score_words(row), *target, took]


def _duration(seconds: float) -> str:
    """`21.3 s`, from two minutes on `04:12`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
