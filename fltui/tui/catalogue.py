"""The recipes as the browser shows them: read on a thread, read again when a file changes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fltui.environment.task_data import UNKNOWN, DataState, data_of
from fltui.record.runs import RunEntry
from fltui.tui.known_runs import KnownRuns

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe

BROKEN = "broken"  # the column of those that name no task
_TASK = re.compile(r"^task:[ \t]*[\"']?([\w-]+)", re.MULTILINE)
Stamp = tuple[tuple[str, int, int], ...]
Looked = dict[tuple[object, ...], bool]  # whether an environment is built, by what a recipe wants of it


@dataclass(frozen=True)
class Entry:
    """One recipe. `recipe` is None when it is broken (`error` says how) or not read yet.

    `stamp`: name, time and size of the files beside it, which tells that it was edited.
    `said_task`: the line `task:` of a broken one. `environments`: name to built. `last`: its newest run that ended.
    """

    name: str
    file: Path
    origin: str
    stamp: Stamp = ()
    recipe: Recipe | None = None
    error: str = ""
    said_task: str = ""
    environments: dict[str, bool] = field(default_factory=dict)
    data: DataState = UNKNOWN
    last: RunEntry | None = None
    live: RunEntry | None = None

    @property
    def task(self) -> str:
        return self.recipe.task if self.recipe else self.said_task or BROKEN

    @property
    def row(self) -> str:
        """What tells it from the other recipes of its task."""
        return self.name.removeprefix(f"{self.task}/")


def read_all(
    known: dict[str, Entry], first: Path | None = None, known_runs: KnownRuns | None = None
) -> dict[str, Entry]:
    """All recipes by name; those whose files did not change are taken from `known`."""
    from fltui.recipe.find import catalogue

    runs = (known_runs or KnownRuns()).read()
    looked: Looked = {}  # recipes share environments: each is looked at once
    found: dict[str, Entry] = {}
    for item in catalogue(first):
        stamp = _stamp(item.file.parent)
        entry = known.get(item.name)
        if entry is None or entry.stamp != stamp or entry.file != item.file:
            entry = _read(Entry(item.name, item.file, item.origin, stamp))
        found[item.name] = _with_state(entry, runs, looked)
    return found


def _stamp(folder: Path) -> Stamp:
    try:
        with os.scandir(folder) as found:
            files = [item for item in found if item.is_file() and not item.name.startswith(".")]
        return tuple(sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files))
    except OSError:  # it is being moved or removed; the next reading tells
        return ()


def _read(entry: Entry) -> Entry:
    from fltui.recipe.errors import RecipeError
    from fltui.recipe.load import load

    try:
        return replace(entry, recipe=load(entry.file))
    except RecipeError as error:
        return replace(entry, error=str(error), said_task=_said_task(entry.file))
    except OSError as error:
        return replace(entry, error=f"{entry.file} cannot be read: {error.strerror}")


def _said_task(file: Path) -> str:
    try:
        found = _TASK.search(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:  # the error says that it cannot be read
        return ""
    return found[1] if found else ""


def _with_state(entry: Entry, runs: list[RunEntry], looked: Looked) -> Entry:
    own = [run for run in runs if run.recipe == entry.name]
    return replace(
        entry,
        last=next((run for run in own if run.verdict is not None), None),
        live=next((run for run in own if run.alive), None),
        environments=_environments(entry, looked),
        data=_data(entry),
    )


def _data(entry: Entry) -> DataState:
    from fltui.recipe.find import recipes_root

    return data_of(entry.recipe.task, recipes_root(entry.file)) if entry.recipe else UNKNOWN


def _environments(entry: Entry, looked: Looked) -> dict[str, bool]:
    if entry.recipe is None:
        return {}
    from fltui.environment.catalogue import find
    from fltui.environment.device import layer_for
    from fltui.environment.errors import EnvironmentProblem
    from fltui.environment.state import status
    from fltui.recipe.find import recipes_root

    names = {entry.recipe.environment, *(p.environment for p in entry.recipe.processes.values())}
    root = recipes_root(entry.file)
    params = entry.recipe.params
    wants: dict[str, object] = {
        name: params[name].default for name in ("backend", "device") if name in params
    }
    built: dict[str, bool] = {}
    for name in sorted(str(n) for n in names if n and "${{" not in str(n)):
        key = (name, root, *wants.items())
        if key not in looked:
            try:
                spec = find(name, root)
                looked[key] = status(spec, layer_for(spec, wants)).built
            except EnvironmentProblem:
                looked[key] = False
        built[name] = looked[key]
    return built
