"""Which shipped recipes tests ran for real, and which they could not, and why."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from data_folder import MISSING, environment_with_data
from having_environments import environment_or_skip

from fltui.environment.catalogue import find
from fltui.environment.errors import EnvironmentProblem
from fltui.environment.task_data import data_of
from fltui.environment.wheels import find_wheel
from fltui.facts.site import shipped_recipes
from fltui.recipe.load import load

ROOT = Path(__file__).resolve().parents[2]
RAN, SKIPPED = "recipe that ran", "recipe that was skipped"


def shipped() -> list[str]:
    """The recipes of this checkout, `digits/flower` and so on."""
    folders = (path.parent for path in (ROOT / "recipes").glob("*/*/recipe.yaml"))
    return sorted(f"{folder.parent.name}/{folder.name}" for folder in folders)


def environments_of(recipe: str) -> list[str]:
    """The environments that its processes need."""
    loaded = load(ROOT / "recipes" / recipe / "recipe.yaml")
    names = {loaded.environment, *(process.environment for process in loaded.processes.values())}
    return sorted(str(name) for name in names if name)


def recipe_or_skip(request: pytest.FixtureRequest, recipe: str, needs_data: bool = True) -> None:
    """Builds what `recipe` needs, or skips the test with what is missing; either is noted in the test's
    report, for the count at the end."""
    noted = request.node.user_properties
    try:
        if needs_data and recipe.startswith("sst2/") and environment_with_data() is None:
            pytest.skip(MISSING)
        for name in environments_of(recipe):
            environment_or_skip(name)
    except pytest.skip.Exception as skipped:
        noted.append((SKIPPED, [recipe, str(skipped)]))
        raise
    noted.append((RAN, recipe))


def wheel_is_here(recipe: str) -> bool:
    """Whether it wants a wheel of no index, and somebody has put that wheel where fltui looks."""
    for name in environments_of(recipe):
        spec = find(name, shipped_recipes())
        try:
            if spec.wheel and find_wheel(spec):
                return True
        except EnvironmentProblem:
            continue
    return False


def count(
    properties: Iterable[tuple[str, Any]], recipes: Iterable[str]
) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """(ran, skipped with the reason, wrong with the reason) of `recipes`, from what the reports noted.

    Wrong: a recipe that no test started although its data is here, and one that was skipped although its wheel is here, which
    somebody who did that wants to see run.
    """
    noted = list(properties)
    ran = sorted({value for key, value in noted if key == RAN})
    reasons = {value[0]: value[1] for key, value in noted if key == SKIPPED}
    skipped, wrong = {}, {}
    for recipe in recipes:
        if recipe in ran:
            continue
        skipped[recipe] = reasons.get(recipe, "no test started it")
        if recipe not in reasons and data_of(recipe.partition("/")[0], ROOT / "recipes").state == "away":
            skipped[recipe] = "its data is not here"
        elif recipe not in reasons:
            wrong[recipe] = "no test started it"
        elif wheel_is_here(recipe):
            wrong[recipe] = "it was skipped although its wheel is here"
    return ran, skipped, wrong
