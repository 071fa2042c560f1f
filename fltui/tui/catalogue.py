"""The recipes as the browser shows them: read on a thread, read again when a file changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fltui.record.runs import RunEntry, list_runs

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe


@dataclass(frozen=True)
class Entry:
    """One recipe. `recipe` is None when it is broken (`error` says how) or not read yet.

    `environments`: name to built. `last`: its newest run that ended.
    """

    name: str
    file: Path
    origin: str
    stamp: float = 0.0
    recipe: Recipe | None = None
    error: str = ""
    environments: dict[str, bool] = field(default_factory=dict)
    last: RunEntry | None = None
    live: RunEntry | None = None

    @property
    def task(self) -> str:
        return self.recipe.task if self.recipe else self.name.partition("/")[0]

    @property
    def row(self) -> str:
        """What tells it from the other recipes of its task."""
        return self.name.partition("/")[2] or self.name


def read_all(known: dict[str, Entry], first: Path | None = None) -> dict[str, Entry]:
    """All recipes by name; those whose file did not change are taken from `known`."""
    from fltui.recipe.find import catalogue

    runs = list_runs()
    found: dict[str, Entry] = {}
    for item in catalogue(first):
        stamp = item.file.stat().st_mtime if item.file.exists() else 0.0
        entry = known.get(item.name)
        if entry is None or entry.stamp != stamp or entry.file != item.file:
            entry = _read(Entry(item.name, item.file, item.origin, stamp))
        found[item.name] = _with_state(entry, runs)
    return found


def _read(entry: Entry) -> Entry:
    from fltui.recipe.errors import RecipeError
    from fltui.recipe.load import load

    try:
        return replace(entry, recipe=load(entry.file))
    except RecipeError as error:
        return replace(entry, error=str(error))
    except OSError as error:
        return replace(entry, error=f"{entry.file} cannot be read: {error.strerror}")


def _with_state(entry: Entry, runs: list[RunEntry]) -> Entry:
    own = [run for run in runs if run.recipe == entry.name]
    return replace(
        entry,
        last=next((run for run in own if run.verdict is not None), None),
        live=next((run for run in own if run.alive), None),
        environments=_environments(entry),
    )


def _environments(entry: Entry) -> dict[str, bool]:
    if entry.recipe is None:
        return {}
    from fltui.environment.catalogue import find
    from fltui.environment.device import accelerator
    from fltui.environment.errors import EnvironmentProblem
    from fltui.environment.state import status
    from fltui.recipe.find import recipes_root

    names = {entry.recipe.environment, *(p.environment for p in entry.recipe.processes.values())}
    built: dict[str, bool] = {}
    for name in sorted(str(n) for n in names if n and "${{" not in str(n)):
        try:
            spec = find(name, recipes_root(entry.file))
            built[name] = status(spec, spec.layer_for(accelerator(), None)).built
        except EnvironmentProblem:
            built[name] = False
    return built
