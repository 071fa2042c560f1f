"""The grid of a sweep: from `--set NAME=A,B,…` and `--seeds N` to its cells. Pure.

A cell is one run, told apart from the others by its resolved params alone: the same params are the
same cell, in whatever order and under whatever spelling they were given.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fltui.recipe.errors import ValueProblem
from fltui.recipe.inputs import Missing, Values
from fltui.recipe.params import parse_sets
from fltui.recipe.recipe_model import Recipe

SEED = "seed"
MOST_CELLS = 10_000
_COMMA = re.compile(r"(?<!\\),")


@dataclass(frozen=True)
class Cell:
    """One point of the grid. `values`: the swept params, and the seed where seeds are swept; `sets`:
    all that the run is told, as `--set` takes it."""

    id: str
    values: Mapping[str, Any]
    sets: Mapping[str, str]

    @property
    def words(self) -> str:
        """`def_count=0.5 strategy=fedavg seed=1`."""
        return words_of(self.values)


@dataclass(frozen=True)
class Grid:
    """`swept`: the values of each param that has several, in the order they were given; `seeds`: those
    of the param `seed`, empty when it is not swept. Cells: all combinations for the first seed, then
    all for the next, so that an early end still leaves a whole curve."""

    swept: Mapping[str, tuple[Any, ...]]
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]


def value_text(value: object) -> str:
    """A param's value as people write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def words_of(values: Mapping[str, Any]) -> str:
    """`def_count=0.5 strategy=fedavg`."""
    return " ".join(f"{name}={value_text(value)}" for name, value in values.items())


def make_grid(
    recipe: Recipe, sets: Iterable[str], seeds: int | None, resolve: Callable[[Mapping[str, str]], Values]
) -> Grid:
    """The grid that `sets` and `seeds` (how many; from the given seed or its default upwards) span.

    `resolve` gives the values of a run. Raises ValueProblem: an unknown name, a value that does not
    fit (the sentence lists the choices), the same value twice, nothing that is swept.
    """
    choices = _choices(recipe, sets)
    if seeds is not None:
        choices[SEED] = _seeds(recipe, choices, seeds, resolve)
    _whole(resolve({name: texts[0] for name, texts in choices.items()}))  # an unknown name is told first
    swept = [name for name, texts in choices.items() if len(texts) > 1]
    if not swept:
        raise ValueProblem(
            "nothing is swept: give a param several values, e.g. --set lr=0.1,0.3, or --seeds 3;"
            " `fltui --run` runs a recipe once"
        )
    count = 1
    for name in swept:
        count *= len(choices[name])
    if count > MOST_CELLS:
        raise ValueProblem(f"this grid has {count:,} cells; a sweep takes {MOST_CELLS:,} at most")
    # The seed turns slowest, whatever the order on the command line.
    turning = [*(name for name in swept if name == SEED), *(name for name in swept if name != SEED)]
    named = [name for name in swept if name != SEED] + [name for name in swept if name == SEED]
    cells: list[Cell] = []
    for combination in itertools.product(*(choices[name] for name in turning)):
        told = {
            **{name: texts[0] for name, texts in choices.items()},
            **dict(zip(turning, combination, strict=True)),
        }
        values = _whole(resolve(told))
        cells.append(Cell(cell_id(values), {name: values.params[name] for name in named}, told))
    found: dict[str, tuple[Any, ...]] = {
        name: tuple(dict.fromkeys(cell.values[name] for cell in cells)) for name in named
    }
    for name, given in found.items():
        if len(given) < len(choices[name]):
            raise ValueProblem(f"{name} has a value twice in {','.join(choices[name])}")
    seeds_found = found.pop(SEED, ())
    return Grid(found, seeds_found, tuple(cells))


def cell_id(values: Values) -> str:
    """Twelve digits that stand for everything a cell's run is told, secrets excepted."""
    told = {"params": dict(values.params), "inputs": dict(values.inputs), "answers": dict(values.answers)}
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def sweep_name(recipe_name: str, recipe_sha256: str, grid: Grid) -> str:
    """The name that the same recipe with the same grid gets again: `digits-flower-1f3a9c20`."""
    words = re.sub(r"[^a-z0-9]+", "-", recipe_name.lower()).strip("-")[-48:].strip("-") or "recipe"
    told = "\n".join([recipe_sha256, *sorted(cell.id for cell in grid.cells)])
    return f"{words}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def _choices(recipe: Recipe, sets: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in sets:
        for name, text in parse_sets([item]).items():
            if name in found:
                raise ValueProblem(f"{name} is set twice; write --set {name}={','.join(found[name])},{text}")
            # Inputs are words of a person (an address, @FILE): only a param has several values.
            parts = _COMMA.split(text) if name in recipe.params else [text]
            found[name] = tuple(part.replace("\\,", ",") for part in parts)
    return found


def _seeds(
    recipe: Recipe,
    choices: Mapping[str, tuple[str, ...]],
    count: int,
    resolve: Callable[[Mapping[str, str]], Values],
) -> tuple[str, ...]:
    if SEED not in recipe.params:
        listed = ", ".join(recipe.params) or "none"
        raise ValueProblem(f"--seeds needs a recipe with a param seed; its params: {listed}")
    if len(choices.get(SEED, ())) > 1:
        raise ValueProblem("give either --seeds or several values of seed, not both")
    first = _whole(resolve({name: texts[0] for name, texts in choices.items()})).params[SEED]
    if not isinstance(first, int):
        raise ValueProblem(f"--seeds needs a whole number as seed, not {first!r}")
    return tuple(str(first + number) for number in range(count))


def _whole(values: Values) -> Values:
    if values.missing:
        first: Missing = values.missing[0]
        raise ValueProblem(f"the recipe needs {first.name} ({first.help}); give {first.how}")
    return values
