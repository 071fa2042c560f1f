"""What a sweep shows: a row for each combination of its params, and curves with their spread. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fltui.facts.numbers import number_text
from fltui.study.sweep_folder import CellRecord, SweepView
from fltui.study.sweep_grid import SEED, words_of


@dataclass(frozen=True)
class Combination:
    """All seeds of one combination. `scores`: of the cells that have one, in the order of the seeds;
    `reached`: for each of those the first round at the target or above it, None where none was;
    `measured`: for each of those the metric that the curves are drawn against, None where it has none."""

    values: tuple[tuple[str, Any], ...]
    cells: tuple[CellRecord, ...]
    scores: tuple[float, ...]
    reached: tuple[int | None, ...]
    measured: tuple[float | None, ...] = ()

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """The sample standard deviation over the seeds; None for fewer than two."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def rounds_to_target(self) -> float | None:
        """The mean over the seeds that reached it; None where none did."""
        found = [number for number in self.reached if number is not None]
        return statistics.fmean(found) if found else None

    @property
    def place(self) -> float | None:
        """Where it stands on the axis of a recorded metric: the mean over the seeds that have it."""
        found = [value for value in self.measured if value is not None]
        return statistics.fmean(found) if found else None

    @property
    def words(self) -> str:
        return words_of(dict(self.values))


@dataclass(frozen=True)
class Curve:
    """The combinations that differ in the first swept param alone; `label` names the others.

    `points`: each with its place on the axis, the param's value or the mean of a recorded metric."""

    label: str
    points: tuple[tuple[Any, Combination], ...]


def combinations(view: SweepView) -> tuple[Combination, ...]:
    """In the order of the grid."""
    groups: dict[tuple[tuple[str, Any], ...], list[CellRecord]] = {}
    for cell in view.cells:
        key = tuple((name, value) for name, value in cell.values.items() if name != SEED)
        groups.setdefault(key, []).append(cell)
    found = []
    for key, cells in groups.items():
        scored = [cell for cell in cells if cell.score is not None]
        scores = tuple(cell.score for cell in scored if cell.score is not None)
        reached = tuple(rounds_to(cell, view.target) for cell in scored)
        measured = tuple(metric_of(cell, view.against) for cell in scored)
        found.append(Combination(key, tuple(cells), scores, reached, measured))
    return tuple(found)


def metric_of(cell: CellRecord, name: str | None) -> float | None:
    """The last value of a metric that the cell's run recorded; None where there is none, or no number."""
    value = cell.metrics.get(name) if name is not None else None
    return value if value is not None and math.isfinite(value) else None


def recorded(cells: Iterable[CellRecord]) -> list[str]:
    """The names of all metrics of which a run of these has a last value."""
    return sorted({name for cell in cells for name in cell.metrics})


def unknown_metric(name: str | None, cells: Sequence[CellRecord]) -> str:
    """A sentence when no run that counts recorded `name`; empty while none counts, or nothing is asked."""
    counted = [cell for cell in cells if cell.score is not None]
    if name is None or not counted or any(metric_of(cell, name) is not None for cell in counted):
        return ""
    return f"--against: no run recorded {name}; recorded are {', '.join(recorded(counted)) or 'none'}"


def rounds_to(cell: CellRecord, target: float | None) -> int | None:
    """The first round whose weights score at least `target`."""
    if target is None:
        return None
    return next((number for number, value in cell.curve if value >= target), None)


def curves(view: SweepView) -> tuple[Curve, ...]:
    """One for each combination of the params after the first; none when only seeds are swept.

    Against a recorded metric, a combination that has none of it is left out."""
    if not view.swept:
        return ()
    first = next(iter(view.swept))
    found: dict[str, list[tuple[Any, Combination]]] = {}
    for combination in combinations(view):
        others = [(name, value) for name, value in combination.values if name != first]
        label = words_of(dict(others))
        place = dict(combination.values)[first] if view.against is None else combination.place
        if place is not None:
            found.setdefault(label, []).append((place, combination))
    return tuple(Curve(label, tuple(points)) for label, points in found.items())


def reached_words(combination: Combination, target: float | None) -> str:
    """`2.3`, `4 (2 of 3)` where not every seed reached it, `never`; empty while nothing is measured."""
    if target is None or not combination.reached:
        return ""
    mean = combination.rounds_to_target
    if mean is None:
        return "never"
    number = sum(found is not None for found in combination.reached)
    part = f" ({number} of {len(combination.reached)})" if number < len(combination.reached) else ""
    return f"{mean:.3g}{part}"


def score_words(combination: Combination) -> str:
    """`0.812 ± 0.004`."""
    if combination.mean is None:
        return ""
    mean, spread = combination.mean, combination.spread
    if spread is None:
        return number_text(mean)
    # As many decimals as the mean has: equal values leave some 1e-17 of rounding.
    text = number_text(mean)
    decimals = len(text.partition(".")[2])
    return f"{text} ± {number_text(spread) if 'e' in text else format(spread, f'.{decimals}f')}"


def without_effect(view: SweepView) -> list[str]:
    """The swept params, the seed too, that changed nothing: all cells that count and differ only in one of
    them have the same curve and the same last values, to the last digit."""
    counted = [cell for cell in view.cells if cell.score is not None]
    found = []
    for name in (*view.swept, *([SEED] if view.seeds else [])):
        groups: dict[str, list[object]] = {}
        for cell in counted:
            others = repr([value for key, value in cell.values.items() if key != name])
            groups.setdefault(others, []).append((cell.curve, cell.score, cell.metrics))
        pairs = [(group[0], other) for group in groups.values() for other in group[1:]]
        if pairs and all(one == other for one, other in pairs):
            found.append(name)
    return found


def sentences(view: SweepView) -> Sequence[str]:
    """What a table cannot say: params that changed nothing; cells that are no part of the mean, and why."""
    told = []
    unknown = unknown_metric(view.against, view.cells)
    if unknown:
        told.append(f"{unknown}; the same command with one of them draws the curve and repeats no run")
    fixed = f"with {' '.join(f'{name}={text}' for name, text in view.fixed.items())}" if view.fixed else ""
    for name in without_effect(view):
        told.append(
            f"{name} made no difference: every pair of cells that differs only in it has the same curve;"
            f" does this recipe read it {fixed or 'while its other params are at their defaults'}?"
        )
    low = [cell for cell in view.cells if cell.failed and cell.score is not None]
    if low:
        told.append(
            f"{len(low)} of {len(view.cells)} cells ended lower than the recipe expects; their"
            f" {view.metric} counts all the same"
        )
    for cell in view.cells:
        if cell.failed and cell.score is None:
            told.append(
                f"{words_of(cell.values)} is not counted: {cell.reason}"
                + (f" (run {cell.run})" if cell.run else "")
            )
    return told
