"""What a recipe would run with the values in the form: its plan, before anything runs.

Read on a thread; nothing is built and no port is taken.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fltui.facts.plan import Environment, LaunchPlan
from fltui.facts.site import cache_folder, runs_folder
from fltui.tui.build_environment import Need

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe

_RUN = "RUN"


@dataclass(frozen=True)
class Preview:
    """`plan` is None where the values make none; `problem` then says why. `text`: the plan for people.
    `missing`: what has to be built first; `inputs`: those that a person must still give."""

    plan: LaunchPlan | None = None
    text: str = ""
    problem: str = ""
    missing: tuple[Need, ...] = ()
    inputs: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


def preview(recipe: Recipe, sets: Mapping[str, str], typed: Mapping[str, str]) -> Preview:
    """The plan with `sets` (as `--set` takes them) and `typed` (secrets, taken literally). Never raises
    for what a person can mend."""
    from fltui.environment.catalogue import all_names
    from fltui.environment.errors import EnvironmentProblem
    from fltui.plan.check import require_environments
    from fltui.plan.describe import describe
    from fltui.plan.resolve import environments_needed, resolve
    from fltui.recipe.errors import RecipeError, ValueProblem
    from fltui.recipe.find import recipes_root
    from fltui.recipe.inputs import resolve_values
    from fltui.tui.build_environment import needs

    try:
        values = resolve_values(recipe, sets, prompted=typed)
        missing = tuple(item.name for item in values.missing)
        given = {**typed, **{name: f"<{name}>" for name in missing}}
        values = resolve_values(recipe, sets, prompted=given)
        names = environments_needed(recipe, values.params, values.inputs)
        require_environments(recipe, names, all_names(recipes_root(recipe.file)))
        wanted = tuple(needs(recipe, values.params, names))
        environments = _environments(names, recipe, values.params)
        plan = resolve(
            recipe, values.params, values.inputs, _site(recipe, environments), answers=values.answers
        )
    except (RecipeError, ValueProblem, EnvironmentProblem, OSError) as error:
        return Preview(problem=str(error))
    problem = f"needs {missing[0]}: {recipe.inputs[missing[0]].help}" if missing else ""
    return Preview(plan, describe(plan), problem, wanted, missing, values.params)


def _environments(
    names: tuple[str, ...], recipe: Recipe, params: Mapping[str, Any]
) -> dict[str, Environment]:
    """Where they are, or would be built."""
    from fltui.environment.catalogue import find
    from fltui.environment.device import layer_for
    from fltui.environment.state import status
    from fltui.recipe.find import recipes_root

    found = {}
    for name in names:
        spec = find(name, recipes_root(recipe.file))
        state = status(spec, layer_for(spec, params))
        found[name] = Environment(name, str(state.folder), state.lock)
    return found


def _site(recipe: Recipe, environments: Mapping[str, Environment]) -> Any:
    from fltui.plan.site import Site
    from fltui.recipe.find import recipes_root

    return Site(
        run=_RUN,
        folder=str(runs_folder() / _RUN),
        recipes=str(recipes_root(recipe.file)),
        cache=str(cache_folder()),
        environments=environments,
        path=os.environ.get("PATH", os.defpath),
        pythonpath=os.environ.get("PYTHONPATH", ""),
    )


def files_of(recipe: Path) -> list[Path]:
    """The files of a recipe's folder that a person reads, the recipe first. A .venv or .git is not entered."""
    found: list[tuple[bool, int, str, Path]] = []
    for folder, inner, names in os.walk(recipe.parent):
        inner[:] = [name for name in sorted(inner) if not name.startswith((".", "__"))]
        depth = len(Path(folder).relative_to(recipe.parent).parts)
        paths = [Path(folder, name) for name in names if not name.startswith((".", "__"))]
        found += [(path != recipe, depth, path.name, path) for path in paths if os.path.isfile(path)]
    return [path for *_, path in sorted(found)]
