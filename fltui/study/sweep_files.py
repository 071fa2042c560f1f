"""What a sweep leaves to other programs: cells.csv, curve.csv, curve.svg, and a PNG where one can be made."""

from __future__ import annotations

import csv
import io
import os
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from fltui.study.sweep_folder import SweepView
from fltui.study.sweep_grid import SEED, value_text
from fltui.study.sweep_summary import Combination, combinations, metric_of, recorded, rounds_to
from fltui.study.sweep_svg import svg

_CONVERT_S = 60.0


def write_files(view: SweepView) -> dict[str, Path]:
    """Writes them anew and returns those that are there, by kind: cells, curve, svg, png. Raises OSError.

    curve.svg needs a param that is swept and a cell that was measured; curve.png needs rsvg-convert on
    PATH or the Python package cairosvg.
    """
    found = {
        "cells": _write(view.folder / "cells.csv", cells_csv(view)),
        "curve": _write(view.folder / "curve.csv", curve_csv(view)),
    }
    picture, png = svg(view), view.folder / "curve.png"
    png.unlink(missing_ok=True)  # an old one beside a new curve would be a lie
    if picture:
        found["svg"] = _write(view.folder / "curve.svg", picture)
        if _convert(found["svg"], png):
            found["png"] = png
    return found


def cells_csv(view: SweepView) -> str:
    """A line a cell; after what every sweep has, the last value of each other metric of its runs."""
    names, others = _names(view, with_seed=True), _other_metrics(view)
    head = [*names, "run", "verdict", view.metric, "counts", "rounds", "rounds_to_target", "duration_s"]
    rows: list[Sequence[Any]] = [[*head, *(_column(name, head) for name in others)]]
    for cell in view.cells:
        value = cell.curve[-1][1] if cell.curve else cell.metrics.get(view.metric)
        rows.append(
            [
                *(_param(cell.values.get(name)) for name in names),
                cell.run,
                cell.verdict,
                value,
                "yes" if cell.score is not None else "no",
                cell.rounds_done if cell.verdict is not None else None,
                rounds_to(cell, view.target),
                cell.duration_s,
                *(cell.metrics.get(name) for name in others),
            ]
        )
    return _csv(rows)


def curve_csv(view: SweepView) -> str:
    """A line a combination: mean, sample standard deviation, least and most over the seeds; then mean and
    deviation of each other metric, over the cells that count."""
    names, others = _names(view), _other_metrics(view)
    metric = view.metric
    figures = [f"{metric}_mean", f"{metric}_std", f"{metric}_min", f"{metric}_max"]
    head = [*names, "cells", "counted", *figures, "target", "reached", "rounds_to_target"]
    more = [_column(f"{name}_{figure}", head) for name in others for figure in ("mean", "std")]
    rows: list[Sequence[Any]] = [[*head, *more]]
    for point in combinations(view):
        values = dict(point.values)
        reached = sum(number is not None for number in point.reached)
        rows.append(
            [
                *(_param(values.get(name)) for name in names),
                len(point.cells),
                len(point.scores),
                point.mean,
                point.spread,
                min(point.scores, default=None),
                max(point.scores, default=None),
                view.target,
                reached if view.target is not None else None,
                point.rounds_to_target,
                *(figure for name in others for figure in _mean_and_spread(point, name)),
            ]
        )
    return _csv(rows)


def _names(view: SweepView, with_seed: bool = False) -> list[str]:
    return [*view.swept, *([SEED] if with_seed and view.seeds else [])]


def _other_metrics(view: SweepView) -> list[str]:
    return [name for name in recorded(view.cells) if name != view.metric]


def _param(value: Any) -> Any:
    """As `--set` takes it. A number keeps all its digits, which `value_text` would round."""
    return value_text(value) if isinstance(value, bool) else value


def _column(name: str, taken: Sequence[str]) -> str:
    """A metric may be called as a param, or `rounds`: every column has a name of its own."""
    return f"metric_{name}" if name in taken else name


def _mean_and_spread(point: Combination, name: str) -> tuple[float | None, float | None]:
    found = [
        value
        for cell in point.cells
        if cell.score is not None and (value := metric_of(cell, name)) is not None
    ]
    return (
        statistics.fmean(found) if found else None,
        statistics.stdev(found) if len(found) > 1 else None,
    )


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write(path: Path, text: str) -> Path:
    """A reader sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def _convert(source: Path, target: Path) -> bool:
    """SVG to PNG with what the machine has; False where it has nothing, or that failed."""
    program = shutil.which("rsvg-convert")
    if program is not None:
        command = [program, "--zoom", "2", "--output", str(target), str(source)]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CONVERT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and target.is_file()
    try:
        cairosvg = import_module("cairosvg")
    except ImportError:
        return False
    cairosvg.svg2png(url=str(source), write_to=str(target), scale=2)
    return True
