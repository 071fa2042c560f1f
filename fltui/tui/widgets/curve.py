"""A metric by round: the global weights by our evaluator, and, when asked, each client's own."""

from __future__ import annotations

import math
from itertools import pairwise

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from fltui.record.views import RunSnapshot
from fltui.tui.glyphs import has_utf8
from fltui.tui.numbers import share
from fltui.tui.palette import Palette

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Curve(Widget):
    """A plot of two by four dots a cell; `*` on a grid without UTF-8."""

    def __init__(self, metric: str = "accuracy") -> None:
        super().__init__(classes="curve")
        self.metric = metric
        self.locals = False
        self._series: list[tuple[str, list[tuple[int, float]]]] = []
        self._planned = 1
        self._strips: list[Strip] = []

    def show(self, snapshot: RunSnapshot) -> None:
        series = [("global", snapshot.global_metric(self.metric))]
        if self.locals:
            series += [
                (name, points)
                for name, view in snapshot.processes.items()
                if (points := snapshot.client_metric(self.metric, name))
            ]
        planned = max(1, snapshot.rounds_planned or 1)
        if series != self._series or planned != self._planned:
            self._series, self._planned = series, planned
            self.refresh()

    def render_line(self, y: int) -> Strip:
        if y == 0:
            self._strips = self._draw()
        width = self.size.width
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)
        return strip.apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)

    def _draw(self) -> list[Strip]:
        width, height = self.size.width, self.size.height
        palette = Palette.of(self.app)
        style = self.app.console.get_style
        points = [point for _, line in self._series for point in line]
        if not points or height < 3 or width < 16:
            return [Strip([Segment(f" no {self.metric} yet", style(palette["dim"]))])]
        left, rows, columns = 6, height - 1, width - 8
        low, high = _limits([value for _, value in points])
        last = max(self._planned, max(number for number, _ in points))
        cells: dict[tuple[int, int], int] = {}
        marks: dict[tuple[int, int], str] = {}
        for name, line in reversed(self._series):
            places = [
                (number / last * (columns * 2 - 1), (1 - (value - low) / (high - low)) * (rows * 4 - 1))
                for number, value in line
                if math.isfinite(value)
            ]
            for start, end in pairwise(places):
                _segment(cells, start, end)
            for x, y in places:
                marks[int(x) // 2, int(y) // 4] = "●" if name == "global" else "·"
        strips = []
        accent = style(palette["accent"])
        dim = style(palette["dim"])
        for row in range(rows):
            label = share(high) if row == 0 else share(low) if row == rows - 1 else ""
            segments = [Segment(f"{label:>{left - 1}} ", dim), Segment("│" if has_utf8() else "|", dim)]
            drawn = "".join(self._cell(marks.get((x, row)), cells.get((x, row), 0)) for x in range(columns))
            segments.append(Segment(drawn, accent))
            strips.append(Strip(segments))
        axis = list(" " * (left + 1 + columns))
        step = max(1, math.ceil(last / max(1, columns // 5)))
        for number in range(0, last + 1, step):
            at = left + 1 + int(number / last * (columns - 1))
            for index, letter in enumerate(str(number)):
                if at + index < len(axis):
                    axis[at + index] = letter
        strips.append(Strip([Segment("".join(axis), dim)]))
        return strips

    def _cell(self, mark: str | None, dots: int) -> str:
        if not has_utf8():
            return "*" if mark else "." if dots else " "
        return mark or (chr(0x2800 + dots) if dots else " ")


def _limits(values: list[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    return (low, high) if high - low > 1e-9 else (low - 0.05, high + 0.05)


def _segment(cells: dict[tuple[int, int], int], start: tuple[float, float], end: tuple[float, float]) -> None:
    """Sets the dots of a straight line."""
    steps = int(max(abs(end[0] - start[0]), abs(end[1] - start[1]))) + 1
    for index in range(steps + 1):
        x = int(start[0] + (end[0] - start[0]) * index / steps)
        y = int(start[1] + (end[1] - start[1]) * index / steps)
        key = (x // 2, y // 4)
        cells[key] = cells.get(key, 0) | _DOTS[x % 2][y % 4]
