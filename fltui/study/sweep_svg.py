"""The curves of a sweep as an SVG of its own: no library, readable in print and by the colour-blind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from fltui.study.sweep_axis import Axis, axis_of_sweep, value_ticks
from fltui.study.sweep_folder import SweepView
from fltui.study.sweep_summary import Curve, curves

# Okabe and Ito's colours without the yellow, which a white page swallows.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
_WIDTH, _PLOT_HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 28, 52, 64
_ROW = 20


def svg(view: SweepView) -> str:
    """The picture; without a measured point an empty text.

    A line is the mean over the seeds, a bar one standard deviation either way, a small dot one run.
    """
    found = [curve for curve in curves(view) if any(point.scores for _, point in curve.points)]
    if not found:
        return ""
    axis = axis_of_sweep(view, found)
    values = [value for curve in found for _, point in curve.points for value in point.scores]
    ends = [
        point.mean + sign * (point.spread or 0.0)
        for curve in found
        for _, point in curve.points
        if point.mean is not None
        for sign in (-1, 1)
    ]
    ticks = value_ticks(min(values + ends), max(values + ends), 7)
    frame = _Frame(axis, ticks[0], ticks[-1])
    legend = found if len(found) > 1 else []
    height = _TOP + _PLOT_HEIGHT + _BOTTOM + _ROW * len(legend)
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT, 22, f"{view.recipe}: {view.metric} against {axis.name}", size=15),
        _text(_LEFT, 40, _subtitle(view), size=12, colour="#555555"),
        *_axes(frame, view, ticks),
    ]
    for index, curve in enumerate(found):
        parts += _curve(frame, curve, _COLOURS[index % len(_COLOURS)], _dash(index))
    for index, curve in enumerate(legend):
        y = _TOP + _PLOT_HEIGHT + _BOTTOM + _ROW * index
        parts.append(_line(_LEFT, y - 4, _LEFT + 34, y - 4, _COLOURS[index % len(_COLOURS)], 2, _dash(index)))
        parts.append(_text(_LEFT + 42, y, curve.label))
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Frame:
    """From values to points of the picture."""

    def __init__(self, axis: Axis, low: float, high: float) -> None:
        self.axis, self._low, self._high = axis, low, high

    def x(self, at: float) -> float:
        inset = 18  # the first and last point keep clear of the frame
        return _LEFT + inset + at * (_WIDTH - _LEFT - _RIGHT - 2 * inset)

    def y(self, value: float) -> float:
        return _TOP + (self._high - value) / (self._high - self._low) * _PLOT_HEIGHT


def _subtitle(view: SweepView) -> str:
    seeds = (
        f"mean and one standard deviation over {len(view.seeds)} seeds" if view.seeds else "one run a point"
    )
    return f"{seeds}; a dot is one run"


def _axes(frame: _Frame, view: SweepView, ticks: Iterable[float]) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _TOP + _PLOT_HEIGHT
    parts = []
    for value in ticks:
        y = frame.y(value)
        parts.append(_line(_LEFT, y, right, y, "#e4e4e4", 1))
        parts.append(_text(_LEFT - 8, y + 4, f"{value:.4g}", anchor="end"))
    taken = -1e9
    for _, at, words in frame.axis.places:
        x, half = frame.x(at), 4 * len(words)
        parts.append(_line(x, bottom, x, bottom + 5, "#333333", 1))
        if x - half > taken:
            parts.append(_text(x, bottom + 20, words, anchor="middle"))
            taken = x + half + 4
    parts.append(_line(_LEFT, bottom, right, bottom, "#333333", 1))
    parts.append(_line(_LEFT, _TOP, _LEFT, bottom, "#333333", 1))
    note = " (logarithmic)" if frame.axis.kind == "log" else ""
    parts.append(_text((_LEFT + right) / 2, bottom + 40, frame.axis.name + note, anchor="middle"))
    middle = _TOP + _PLOT_HEIGHT / 2
    parts.append(
        f'<text x="18" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 18 {middle:.1f})">{escape(view.metric)}</text>'
    )
    return parts


def _curve(frame: _Frame, curve: Curve, colour: str, dash: str) -> list[str]:
    points = sorted(
        ((frame.x(frame.axis.at(value)), point) for value, point in curve.points if point.scores),
        key=lambda item: item[0],
    )
    parts = []
    for x, point in points:
        for value, at in zip(point.scores, point.measured, strict=True):
            # Against a metric a run stands at its own value of it, which differs from seed to seed.
            own = x if at is None else frame.x(frame.axis.at(at))
            parts.append(
                f'<circle cx="{own:.1f}" cy="{frame.y(value):.1f}" r="2" fill="{colour}" opacity="0.45"/>'
            )
        if point.spread:
            low, high = (frame.y((point.mean or 0.0) + sign * point.spread) for sign in (-1, 1))
            parts.append(_line(x, low, x, high, colour, 1.5))
            parts += [_line(x - 4, y, x + 4, y, colour, 1.5) for y in (low, high)]
        parts.append(f'<circle cx="{x:.1f}" cy="{frame.y(point.mean or 0.0):.1f}" r="4" fill="{colour}"/>')
    places = " ".join(f"{x:.1f},{frame.y(point.mean or 0.0):.1f}" for x, point in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
    return parts


def _dash(index: int) -> str:
    return _DASHES[index // len(_COLOURS) % len(_DASHES)] if index >= len(_COLOURS) else ""


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, width: float, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" '
        f'stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
    )


def _text(
    x: float, y: float, words: str, size: int = 13, anchor: str = "start", colour: str = "#222222"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
