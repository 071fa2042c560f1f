"""Plans of recipes written by tests, for a run in a folder that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.facts.plan import Environment, LaunchPlan
from fltui.plan.resolve import resolve
from fltui.plan.site import Site
from fltui.recipe.inputs import resolve_values
from fltui.recipe.load import load

HEAD = "schema: 1\ntitle: A test\nframework: none\ntask: numbers\n"
SITE = Site(
    run="run-1",
    folder="/runs/run-1",
    recipes="/recipes",
    cache="/cache",
    environments={
        "flower": Environment("flower", "/envs/flower", "abc"),
        "data": Environment("data", "/envs/data", "def"),
    },
    path="/usr/bin",
    pythonpath="/callers",
)


@pytest.fixture
def write_recipe(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a recipe of `body` with the usual head."""

    def write(body: str) -> Path:
        folder = tmp_path / "recipe"
        folder.mkdir(exist_ok=True)
        (folder / "recipe.yaml").write_text(HEAD + body)
        return folder / "recipe.yaml"

    return write


@pytest.fixture
def plan_of(write_recipe: Callable[[str], Path]) -> Callable[..., LaunchPlan]:
    """The plan of a body, with params and inputs by keyword."""

    def plan(body: str, /, **sets: str) -> LaunchPlan:
        recipe = load(write_recipe(body))
        values = resolve_values(recipe, sets, environ={}, prompted={})
        return resolve(recipe, values.params, values.inputs, SITE, answers=values.answers)

    return plan
