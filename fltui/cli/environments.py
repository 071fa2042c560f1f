"""Builds what a run's processes need, before it is planned; says on stderr what takes so long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fltui.cli.stderr_lines import StderrLines
from fltui.environment.build import Step, ensure
from fltui.environment.catalogue import EnvironmentSpec, all_names, find
from fltui.environment.device import layer_for
from fltui.environment.errors import LicenceNeeded
from fltui.environment.state import Status, status
from fltui.facts.plan import Environment
from fltui.recipe.find import recipes_root

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe


def require_known(names: Collection[str], recipe: Recipe) -> None:
    """Raises RecipeError, with the place in the recipe, for an environment that there is not."""
    from fltui.plan.check import require_environments

    require_environments(recipe, names, all_names(recipes_root(recipe.file)))


def ensure_environments(
    names: Iterable[str],
    recipes: Path,
    params: Mapping[str, Any],
    lines: StderrLines,
    accepted: Collection[str] = (),
    allow_build: bool = True,
    person: bool = False,
) -> dict[str, Environment]:
    """The named environments of the recipes folder `recipes`, built if need be.

    Raises EnvironmentProblem.
    """
    specs = [find(name, recipes) for name in names]
    # What may be refused, a licence or a wheel that is not here, comes before the others fetch gigabytes.
    specs.sort(key=lambda spec: spec.licence is None and spec.wheel is None)
    return {
        spec.name: _environment(
            ensure_one(spec, layer_for(spec, params), lines, accepted, allow_build, person)
        )
        for spec in specs
    }


def planned_environments(
    names: Collection[str], recipe: Recipe, params: Mapping[str, Any]
) -> dict[str, Environment]:
    """Where the named environments of `recipe` are, or would be built. Raises RecipeError,
    EnvironmentProblem."""
    require_known(names, recipe)
    specs = [find(name, recipes_root(recipe.file)) for name in names]
    return {spec.name: _environment(status(spec, layer_for(spec, params))) for spec in specs}


def ensure_one(
    spec: EnvironmentSpec,
    layer: str | None,
    lines: StderrLines,
    accepted: Collection[str] = (),
    allow_build: bool = True,
    person: bool = False,
    python: Path | None = None,
    wheel: Path | None = None,
) -> Status:
    """One environment, built if need be. A person at the terminal is asked about its licence.

    Raises EnvironmentProblem.
    """
    told = ""

    def progress(step: Step) -> None:
        nonlocal told
        lines.show(f"environment {step.environment}: {describe(step)}")
        if not lines.live and step.text != told:
            lines.say(f"environment {step.environment}: {step.text}")
        told = step.text

    try:
        found = ensure(spec, layer, progress, accepted, allow_build, python, wheel)
    except LicenceNeeded as needed:
        lines.close()
        if not person or not _accepts(needed.text):
            raise
        found = ensure(spec, layer, progress, [*accepted, spec.name], allow_build, python, wheel)
    if told:
        lines.close()
        lines.say(f"environment {spec.name} is ready: {found.folder}")
    return found


def describe(step: Step) -> str:
    """A step of a build as the live line shows it."""
    unit = f" {step.unit}" if step.unit else ""
    count = f" {step.done} of {step.total}{unit}" if step.total and step.done < step.total else ""
    return f"{step.text}{count}{f', {step.detail}' if step.detail else ''}"


def _accepts(text: str) -> bool:
    """Shows a licence's sentence and asks for a yes."""
    import click

    click.echo(text, err=True)
    return click.confirm("Do you accept this licence?", err=True)


def _environment(found: Status) -> Environment:
    return Environment(found.name, str(found.folder), found.lock)
