"""A metric by round: the global weights by our evaluator, and, when asked, each client's own."""

from __future__ import annotations

import math
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from fltui.facts.numbers import number_text
from fltui.record.views import RunSnapshot
from fltui.tui.glyphs import glyph, has_utf8
from fltui.tui.numbers import share
from fltui.tui.palette import Palette
from fltui.tui.ticks import last_round, nice_ticks, round_ticks, tight_ticks

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_LEAST_TRAINED, _NARROW = 5, 0.2  # rounds, share of the whole height
_LEFT = 6  # columns for the labels of the axis and the axis itself

Points = list[tuple[int, float]]


class Curve(Widget):
    """A plot of two by four dots a cell; `*` on a grid without UTF-8.

    Low: only the plot and its rounds. From seven rows on a line of figures stands below it, from
    ten on the axis is drawn.
    """

    def __init__(self, metric: str = "accuracy") -> None:
        super().__init__(classes="curve")
        self.metric = metric
        self.locals = False
        self._global: Points = []
        self._clients: dict[str, Points] = {}
        self._loss: float | None = None
        self._planned = 1
        self._yet = " yet"
        self._strips: list[Strip] = []
        self._shown: object = None

    def show(self, snapshot: RunSnapshot) -> None:
        self._global = snapshot.global_metric(self.metric)
        named = ((name, snapshot.client_metric(self.metric, name)) for name in snapshot.processes)
        self._clients = {name: points for name, points in named if points}
        self._loss = snapshot.finals.get("loss")
        self._planned = max(1, snapshot.rounds_planned or 1)
        self._yet = "" if snapshot.ended else " yet"
        shown = (
            self._global,
            self._clients,
            self._loss,
            self._planned,
            self._yet,
            self.locals,
            self.app.theme,
        )
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render_line(self, y: int) -> Strip:
        if y == 0:
            self._strips = self._draw()
        width = self.size.width
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)
        return strip.apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)

    # -- the plot --------------------------------------------------------------------------------

    def _draw(self) -> list[Strip]:
        width, height = self.size.width, self.size.height
        palette, style = Palette.of(self.app), self.app.console.get_style
        dim, accent, bright = style(palette["dim"]), style(palette["accent"]), style(palette["bright"])
        clients = list(self._clients.values()) if self.locals else []
        seen = [*self._global, *(point for line in clients for point in line)]
        values = [value for _, value in seen if math.isfinite(value)]
        if not values or height < 3 or width < 20:
            return [Strip([Segment(f" no {self.metric}{self._yet}", dim)])]
        seen, values = _from_where_it_moves(seen, values)
        with_figures, with_axis = height >= 7, height >= 10
        rows = height - 1 - with_figures - with_axis
        columns = width - _LEFT - 2
        if rows >= 6:
            low, high, ticks = nice_ticks(min(values), max(values), rows // 2 + 1)
        else:  # too few rows to spend some on round numbers
            low, high, ticks = tight_ticks(min(values), max(values))
        first = min(number for number, _ in seen)
        last = max(last_round(self._planned, max(number for number, _ in seen)), first + 1)
        grid = _Grid(columns, rows, (first, last), (low, high))
        for line in clients:
            grid.line([point for point in line if point[0] >= first], False)
        grid.line([point for point in self._global if point[0] >= first], True)
        labels = {
            grid.row(value): share(value) if self.metric != "loss" else f"{value:.3g}" for value in ticks
        }
        side = "│" if has_utf8() else "|"
        strips = []
        for row in range(rows):
            label = labels.get(row, "")
            mark = ("┤" if has_utf8() else "+") if label else side
            segments = [Segment(f"{label:>{_LEFT - 1}}", dim), Segment(mark, style(palette["rule"]))]
            strips.append(Strip([*segments, *grid.segments(row, accent, dim)]))
        numbers = round_ticks(first, last, max(2, columns // 6))
        if with_axis:
            strips.append(
                Strip([Segment(" " * (_LEFT - 1)), Segment(grid.axis(numbers), style(palette["rule"]))])
            )
        strips.append(Strip([Segment(" " * _LEFT + grid.labels(numbers), dim)]))
        if with_figures:
            strips.append(self._figures(dim, bright))
        return strips

    def _figures(self, dim: Style, bright: Style) -> Strip:
        """Where it stands now; what is local says so."""
        parts = [Segment(" global ", dim)]
        parts.append(Segment(share(self._global[-1][1]) if self._global else "-", bright))
        if self._loss is not None:
            parts += [Segment("  loss ", dim), Segment(number_text(self._loss), bright)]
        last = [points[-1][1] for points in self._clients.values()]
        if last:
            span = share(min(last)) if len(last) == 1 else f"{share(min(last))} to {share(max(last))}"
            parts += [Segment("  local ", dim), Segment(span, dim)]
        return Strip(parts)


def _from_where_it_moves(seen: Points, values: list[float]) -> tuple[Points, list[float]]:
    """Without the untrained round 0 where that would press all other rounds into a narrow band."""
    trained = [point for point in seen if point[0] >= 1 and math.isfinite(point[1])]
    later = [value for _, value in trained]
    if len({number for number, _ in trained}) < _LEAST_TRAINED:
        return seen, values
    narrow = max(later) - min(later) < (max(values) - min(values)) * _NARROW
    return (trained, later) if narrow else (seen, values)


class _Grid:
    """Dots in cells, two by four each; what belongs to the global weights is told from the rest."""

    def __init__(self, columns: int, rows: int, x: tuple[int, int], y: tuple[float, float]) -> None:
        self._columns, self._rows, self._x, self._y = columns, rows, x, y
        self._cells: dict[tuple[int, int], int] = {}
        self._marks: dict[tuple[int, int], str] = {}
        self._strong: set[tuple[int, int]] = set()

    def _place(self, number: int, value: float) -> tuple[float, float]:
        (first, last), (low, high) = self._x, self._y
        x = (number - first) / (last - first) * (self._columns * 2 - 2)
        return x, (1 - (value - low) / (high - low)) * (self._rows - 1) * 4 + 1.5

    def row(self, value: float) -> int:
        return int(self._place(self._x[0], value)[1] + 0.5) // 4

    def line(self, points: Points, strong: bool) -> None:
        places = [self._place(number, value) for number, value in points if math.isfinite(value)]
        for start, end in pairwise(places):
            steps = int(max(abs(end[0] - start[0]), abs(end[1] - start[1]))) + 1
            for index in range(steps + 1):
                x = int(start[0] + (end[0] - start[0]) * index / steps)
                y = int(start[1] + (end[1] - start[1]) * index / steps)
                cell = (x // 2, y // 4)
                self._cells[cell] = self._cells.get(cell, 0) | _DOTS[x % 2][y % 4]
                if strong:
                    self._strong.add(cell)
        crowded = self._columns < 3 * (self._x[1] - self._x[0])
        for across, down in places[-1:] if crowded else places:
            cell = (int(across) // 2, int(down) // 4)
            self._marks[cell] = glyph("running") if strong else "·" if has_utf8() else "."
            if strong:
                self._strong.add(cell)

    def segments(self, row: int, strong: Style, weak: Style) -> list[Segment]:
        found: list[Segment] = []
        for column in range(self._columns):
            cell = (column, row)
            dots = self._cells.get(cell, 0)
            drawn = self._marks.get(cell) or (" " if not dots else chr(0x2800 + dots) if has_utf8() else ".")
            found.append(Segment(drawn, strong if cell in self._strong else weak))
        return list(Segment.simplify(found))

    def _column(self, number: int) -> int:
        return int(self._place(number, self._y[0])[0]) // 2

    def axis(self, numbers: list[int]) -> str:
        corner, line, tick = ("└", "─", "┴") if has_utf8() else ("+", "-", "+")
        marks = {self._column(number) for number in numbers}
        return corner + "".join(tick if column in marks else line for column in range(self._columns))

    def labels(self, numbers: list[int]) -> str:
        text = [" "] * (self._columns + 2)
        for number in numbers:
            words = str(number)
            at = min(max(0, self._column(number) - (len(words) - 1) // 2), len(text) - len(words))
            text[at : at + len(words)] = words
        return "".join(text)
