"""Where the points of a curve stand on its axis. Pure.

The values of a swept param: by their size, on a logarithm, or side by side. A recorded metric: by its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fltui.study.sweep_folder import SweepView
from fltui.study.sweep_grid import value_text
from fltui.study.sweep_summary import Curve

_LOGARITHM_FROM = 50.0  # times that the largest of all positive values is the smallest


@dataclass(frozen=True)
class Axis:
    """`places`: (value, from 0 at the left to 1 at the right, its text), from left to right. `ends`: of the
    axis of a metric, which may have any value between them."""

    name: str
    kind: str  # linear, log, named
    places: tuple[tuple[Any, float, str], ...]
    ends: tuple[float, float] | None = None

    def at(self, value: Any) -> float:
        if self.ends is not None:
            low, high = self.ends
            return (float(value) - low) / (high - low)
        return next(place for known, place, _ in self.places if known == value)


def axis_of_sweep(view: SweepView, curves: Sequence[Curve]) -> Axis:
    """Of the first swept param, or of the metric that the curves are drawn against."""
    if view.against is None:
        return axis_of(view.axis, view.swept[view.axis])
    points = [point for curve in curves for _, point in curve.points]
    return measured_axis(view.against, [at for point in points for at in point.measured if at is not None])


def measured_axis(name: str, values: Sequence[float]) -> Axis:
    """Of a recorded metric: round numbers from at most the least value to at least the greatest."""
    ticks = value_ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]
    places = tuple((tick, (tick - low) / (high - low), f"{tick:.4g}") for tick in ticks)
    return Axis(name, "linear", places, (low, high))


def axis_of(name: str, values: Sequence[Any]) -> Axis:
    """Numbers by size, anything else side by side in the given order."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) < len(values) or len(values) < 2:
        last = max(1, len(values) - 1)
        pairs = [(value, index / last if len(values) > 1 else 0.5) for index, value in enumerate(values)]
        return Axis(name, "named", tuple((value, at, value_text(value)) for value, at in pairs))
    ordered = sorted(numbers)
    logarithm = ordered[0] > 0 and ordered[-1] / ordered[0] >= _LOGARITHM_FROM
    scaled = [math.log(value) if logarithm else float(value) for value in ordered]
    low, high = scaled[0], scaled[-1]
    return Axis(
        name,
        "log" if logarithm else "linear",
        tuple(
            (value, (where - low) / (high - low), value_text(value))
            for value, where in zip(ordered, scaled, strict=True)
        ),
    )


def value_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from at most `low` to at least `high`, at most about `most` of them."""
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    raw = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]
