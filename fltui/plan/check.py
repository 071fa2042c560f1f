"""Checks a recipe as far as that is possible without running it: the file, then plans of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from fltui.facts.plan import Environment
from fltui.plan.resolve import environments_needed, resolve
from fltui.plan.site import Site
from fltui.recipe.errors import NotTogether, RecipeError, ValueProblem, did_you_mean
from fltui.recipe.find import recipes_root
from fltui.recipe.inputs import resolve_values
from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.scalars import text_of

_ENVIRONMENT = re.compile(r"\benvironments\.([A-Za-z0-9_-]+)\.python\b")


def check(file: Path, environments: Collection[str] | None = None) -> Recipe:
    """The recipe in `file`, found good. `environments`: the names there are; None: any will do.

    It is planned with its defaults, then once with each other value of a bool or a choice, so that
    what stands behind a `when` is looked at too. Raises RecipeError.
    """
    recipe = load(file)
    for sets in _variants(recipe):
        try:
            _plan(recipe, sets, environments)
        except RecipeError as error:
            if not sets:
                raise
            told = " ".join(f"{name}={value}" for name, value in sets.items())
            first = error.problems[0]
            raise RecipeError.at(
                first.file, first.line, first.column, f"{first.sentence} (with {told})"
            ) from None
    return recipe


def require_environments(recipe: Recipe, names: Iterable[str], known: Collection[str]) -> None:
    """Raises RecipeError for the first of the environments `names` that is not among the `known`."""
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f"; there are {', '.join(sorted(known))}"
            raise RecipeError.at(
                recipe.file, *_place_of(recipe, name), f"there is no environment {name}{near}"
            )


def _variants(recipe: Recipe) -> Iterator[dict[str, str]]:
    yield {}
    for name, param in recipe.params.items():
        default = text_of(param.default) or ""
        if param.type == "bool":
            yield {name: "false" if default == "true" else "true"}
        elif param.type == "choice":
            texts = (text_of(choice) or "" for choice in param.choices)
            yield from ({name: text} for text in texts if text != default)


def _plan(recipe: Recipe, sets: Mapping[str, str], known: Collection[str] | None) -> None:
    try:
        values = resolve_values(recipe, sets, environ={}, prompted=dict.fromkeys(recipe.inputs, "given"))
    except NotTogether as error:
        if sets:
            return  # a value that does not go with the defaults, as the recipe itself says
        place = recipe.document.value_at(("refuse",))
        raise RecipeError.at(recipe.file, *place, f"the defaults are refused: {error}") from None
    except ValueProblem as error:  # a path's default, or the like
        place = recipe.document.value_at(("params",))
        raise RecipeError.at(recipe.file, *place, str(error)) from None
    needed = environments_needed(recipe, values.params, values.inputs)
    names = dict.fromkeys([*needed, *_ENVIRONMENT.findall(recipe.text)])
    if known is not None:
        require_environments(recipe, names, known)
    site = Site(
        run="check",
        folder="/run",
        recipes=str(recipes_root(recipe.file)),
        cache="/cache",
        environments={name: Environment(name, f"/environments/{name}", "") for name in names},
    )
    resolve(recipe, values.params, values.inputs, site, answers=values.answers)


def _place_of(recipe: Recipe, environment: str) -> tuple[int, int]:
    for name, process in recipe.processes.items():
        if process.environment == environment:
            return recipe.document.value_at(("processes", name, "environment"))
    return recipe.document.value_at(("environment",))
