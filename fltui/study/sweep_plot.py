"""The curves of a sweep as lines of text: a letter a curve, a bar for the spread. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fltui.study.sweep_axis import Axis, axis_of_sweep, value_ticks
from fltui.study.sweep_folder import SweepView
from fltui.study.sweep_summary import Combination, Curve, curves

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LEFT = 7


def plot(view: SweepView, width: int, height: int, utf8: bool = True) -> list[str]:
    """At most `width` columns and about `height` rows, legend included; empty without a measured point.

    Each point is the letter of its curve at the mean over the seeds, the bar through it one standard
    deviation either way; points of a curve are joined by dots.
    """
    found = [curve for curve in curves(view) if any(point.scores for _, point in curve.points)]
    if not found or width < 30:
        return []
    axis = axis_of_sweep(view, found)
    legend = len(found) if len(found) > 1 else 0
    rows, columns = max(5, height - 4 - legend), width - _LEFT - 2
    ends = [_ends(point) for curve in found for _, point in curve.points if point.scores]
    lowest, highest = min(low for low, _ in ends), max(high for _, high in ends)
    ticks = value_ticks(lowest, highest, max(3, rows // 2))
    grid = _Grid(columns, rows, ticks[0], ticks[-1])
    for index, curve in enumerate(found):
        _draw(grid, curve, axis, LETTERS[index % len(LETTERS)], utf8)
    side, tick, corner, line = ("│", "┤", "└", "─") if utf8 else ("|", "+", "+", "-")
    labels = {grid.row(value): f"{value:.3g}" for value in ticks}
    lines = [f"{view.metric} against {axis.name}" + (" (logarithm)" if axis.kind == "log" else "")]
    for row in range(rows):
        label = labels.get(row, "")
        lines.append(f"{label:>{_LEFT - 1}}{tick if label else side}{grid.text(row)}".rstrip())
    lines.append(" " * (_LEFT - 1) + corner + line * columns)
    lines.append(" " * _LEFT + _marks(axis, columns))
    if legend:
        lines += [f"  {LETTERS[i % len(LETTERS)]}  {curve.label}"[:width] for i, curve in enumerate(found)]
    return lines


def _ends(point: Combination) -> tuple[float, float]:
    mean, spread = point.mean or 0.0, point.spread or 0.0
    return mean - spread, mean + spread


def _draw(grid: _Grid, curve: Curve, axis: Axis, letter: str, utf8: bool) -> None:
    points = sorted(
        ((axis.at(value), point) for value, point in curve.points if point.scores), key=lambda item: item[0]
    )
    places = [(grid.column(at), grid.row(point.mean or 0.0)) for at, point in points]
    for (x0, y0), (x1, y1) in pairwise(places):
        for x in range(x0 + 1, x1):
            grid.put(x, round(y0 + (y1 - y0) * (x - x0) / (x1 - x0)), "·" if utf8 else ".")
    for (x, y), (_, point) in zip(places, points, strict=True):
        low, high = (grid.row(value) for value in _ends(point))
        for row in range(high, low + 1):
            grid.put(x, row, "│" if utf8 else "|", over="·.")
        grid.put(x, y, letter, over="·.│|")


def _marks(axis: Axis, columns: int) -> str:
    """The values below the axis; those that would run into their neighbour are left out."""
    text, end = [" "] * columns, -1
    for _, at, words in axis.places:
        start = min(max(0, round(at * (columns - 1)) - len(words) // 2), max(0, columns - len(words)))
        if start > end:
            text[start : start + len(words)] = words
            end = start + len(words)
    return "".join(text)[:columns].rstrip()


class _Grid:
    """Letters in cells; `*` where two curves share one."""

    def __init__(self, columns: int, rows: int, low: float, high: float) -> None:
        self._columns, self._rows, self._low, self._high = columns, rows, low, high
        self._cells: dict[tuple[int, int], str] = {}

    def column(self, at: float) -> int:
        return round(at * (self._columns - 1))

    def row(self, value: float) -> int:
        return round((self._high - value) / (self._high - self._low) * (self._rows - 1))

    def put(self, x: int, y: int, sign: str, over: str = "") -> None:
        before = self._cells.get((x, y))
        if before is None or before in over:
            self._cells[x, y] = sign
        elif sign in LETTERS and before != sign:
            self._cells[x, y] = "*"

    def text(self, row: int) -> str:
        return "".join(self._cells.get((x, row), " ") for x in range(self._columns))


def legend_note(found: Sequence[Curve]) -> str:
    """What the signs of the plot mean, in one line."""
    shared = "; * where curves meet" if len(found) > 1 else ""
    return f"mean over the seeds, the bar one standard deviation either way{shared}"
