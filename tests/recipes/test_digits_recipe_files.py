"""The digits recipes as files: their guides cover them, and they can be compared with each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe

FOLDER = Path(__file__).resolve().parents[2] / "recipes" / "digits"
NAMES = ["centralized", "flower", "flower-superlink"]
SHARED = ["rounds", "clients", "local_epochs", "batch_size", "lr", "seed", "target", "pause"]


def recipe(name: str) -> Recipe:
    return load(FOLDER / name / "recipe.yaml")


@pytest.mark.parametrize("param", SHARED)
def test_a_shared_param_has_the_same_type_default_and_bounds_in_all(param: str) -> None:
    found = [recipe(name).params[param] for name in NAMES]
    assert len({(p.type, str(p.default), p.min, p.max) for p in found}) == 1


def test_nothing_of_the_task_lies_in_a_recipes_own_folder() -> None:
    """So that a copy of one folder is a whole recipe."""
    for name in NAMES:
        assert ".." not in (FOLDER / name / "recipe.yaml").read_text().replace("$schema=../..", "")
