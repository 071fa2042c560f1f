"""The cells of a sweep as launches: the same way as a run of `fltui --run --detach`."""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fltui.cli.adopted import refuse_detach_as_init
from fltui.cli.environments import ensure_environments, planned_environments
from fltui.cli.errors import UsageError, failure_of, result_of
from fltui.cli.prepare import (
    RunOptions,
    Stage,
    prepare,
    read_values,
    site_for,
    time_of,
    what_it_executes,
)
from fltui.cli.stderr_lines import StderrLines
from fltui.control.unstarted import record_unstarted
from fltui.facts.launch import Launch
from fltui.facts.plan import Environment
from fltui.facts.site import runs_folder
from fltui.facts.verdict import Result
from fltui.plan.resolve import environments_needed, resolve
from fltui.recipe.find import find, recipes_root, short_name
from fltui.recipe.inputs import Values
from fltui.recipe.load import load
from fltui.record.writer import RunExistsError
from fltui.study.sweep_folder import manifest_of
from fltui.study.sweep_grid import Cell, Grid


@dataclass(frozen=True)
class SweepOptions:
    """What the command line says. `recipe` as given; `deadline`: of each run, as text with a unit."""

    recipe: str
    recipes_dir: Path | None = None
    sets: tuple[str, ...] = ()
    seeds: int | None = None
    jobs: int = 1
    target: float | None = None
    against: str | None = None
    name: str | None = None
    answers: Path | None = None
    deadline: str | None = None
    retry_failed: bool = False
    no_build: bool = False
    accept_licence: tuple[str, ...] = ()
    as_json: bool = False


class _RecipeChanged(UsageError):
    """Cells before and after would not be comparable, so this ends the sweep and not a cell."""


class CellStarter:
    """Reads the recipe once; the cells' launches are made of the file as it then was, or not at all.

    Raises RecipeError, UsageError for a wrong deadline or target.
    """

    def __init__(self, options: SweepOptions) -> None:
        refuse_detach_as_init()
        self._deadline_s = time_of(options.deadline, "--deadline")
        if options.target is not None and not math.isfinite(options.target):
            raise UsageError(f"--target takes a number that can be reached, not {options.target:g}")
        self.recipe = load(find(options.recipe, options.recipes_dir))
        self.short = short_name(self.recipe.file)
        self._options = options
        self._sweep = ""
        self._stage = Stage(self.short)

    def values_of(self, sets: Mapping[str, str]) -> Values:
        """The values of a run. Raises ValueProblem, RecipeError, UsageError for a missing input."""
        return read_values(self.recipe, _as_sets(sets), self._options.answers)

    def look_ahead(self, grid: Grid) -> tuple[str, float | None]:
        """Plans every cell, so that a mistake in the last one is told before the first has run. Returns
        the metric of the recipe's success and the value that all cells expect of it, if they agree.

        Raises RecipeError, EnvironmentProblem.
        """
        environments: dict[object, dict[str, Environment]] = {}
        found = []
        for values, names, kind in self._needs(grid):
            if kind not in environments:
                environments[kind] = planned_environments(names, self.recipe, values.params)
            site = site_for(self.recipe, "RUN", runs_folder() / "RUN", environments[kind])
            plan = resolve(
                self.recipe,
                values.params,
                values.inputs,
                site,
                answers=values.answers,
                deadline_s=self._deadline_s,
            )
            found.append(plan.success)
        expected = {success.at_least or None for success in found}  # at least 0 expects nothing
        return found[0].metric or "accuracy", expected.pop() if len(expected) == 1 else None

    def build_environments(self, grid: Grid) -> None:
        """Builds what the cells need before the first of them. Raises EnvironmentProblem."""
        lines = StderrLines.on_stderr()
        told: set[object] = set()
        executed: dict[str, None] = {}
        for values, names, kind in self._needs(grid):
            executed |= dict.fromkeys(names)
            if kind not in told and names:
                ensure_environments(
                    names,
                    recipes_root(self.recipe.file),
                    values.params,
                    lines,
                    self._options.accept_licence,
                    allow_build=not self._options.no_build,
                )
            told.add(kind)
        lines.say(what_it_executes(self.recipe, self.short, tuple(executed)))

    def manifest(self, grid: Grid, metric: str, target: float | None) -> dict[str, Any]:
        return manifest_of(
            self.short,
            str(self.recipe.file),
            self.recipe.sha256,
            metric,
            target,
            grid.swept,
            grid.seeds,
            [(cell.id, cell.values, cell.sets) for cell in grid.cells],
            [Path(sys.argv[0]).name, *sys.argv[1:]],
            self._options.against,
        )

    def of_sweep(self, name: str) -> CellStarter:
        """Itself; its runs say in their manifests that they belong to the sweep `name`."""
        self._sweep = name
        return self

    # -- what the conductor asks -------------------------------------------------------------------

    def prepare(self, cell: Cell) -> tuple[Launch, list[int]]:
        options = RunOptions(
            recipe=str(self.recipe.file),
            sets=_as_sets(cell.sets),
            answers=self._options.answers,
            deadline=self._options.deadline,
            no_build=self._options.no_build,
            accept_licence=self._options.accept_licence,
            detach=True,
        )
        self._stage = Stage(self.short)
        if load(self.recipe.file).sha256 != self.recipe.sha256:
            raise _RecipeChanged(
                f"{self.recipe.file} was changed while its sweep was under way; what is live goes on,"
                " and no further cell is started"
            )
        silent = StderrLines(io.StringIO(), live=False, colour=False)
        launch, locks = prepare(options, silent, person=False, stage=self._stage)
        manifest = {**launch.manifest, "sweep": self._sweep, "cell": cell.id}
        return replace(launch, manifest=manifest), locks

    def unstarted(self, cell: Cell, error: Exception) -> Result | None:
        failure, stage = failure_of(error), self._stage
        if failure is None or isinstance(error, _RecipeChanged):
            return None
        result = result_of(failure, stage.recipe, stage.run, stage.folder, time.time() - stage.began)
        if stage.folder:
            manifest = {**stage.manifest, "sweep": self._sweep, "cell": cell.id}
            try:
                record_unstarted(Path(stage.folder), manifest, result)
            except (OSError, RunExistsError) as problem:
                return replace(result, reason=f"{result.reason}; its run could not be recorded: {problem}")
        return result

    def _needs(self, grid: Grid) -> Iterator[tuple[Values, tuple[str, ...], object]]:
        """Of every cell its values, its environments, and what those depend on."""
        for cell in grid.cells:
            values = self.values_of(cell.sets)
            names = environments_needed(self.recipe, values.params, values.inputs)
            yield values, names, (names, values.params.get("device"), values.params.get("backend"))


def _as_sets(sets: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={text}" for name, text in sets.items())
