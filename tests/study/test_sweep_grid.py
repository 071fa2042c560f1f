"""Which cells a sweep has, in which order, and what makes two cells the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from fltui.recipe.errors import ValueProblem
from fltui.recipe.inputs import resolve_values
from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe
from fltui.study.sweep_grid import Grid, make_grid, sweep_name

TEXT = """
schema: 1
title: A grid
framework: own
task: none
params:
  skew: {type: float, default: 0.2, min: 0, max: 1}
  words: {type: str, default: ""}
  seed: {type: int, default: 7}
inputs:
  address: {help: where it is, default: "a,b"}
processes:
  one: {role: driver, shell: 'echo ${{ params.skew }} ${{ inputs.address }}'}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    file = tmp_path / "recipe.yaml"
    file.write_text(TEXT)
    return load(file)


def grid(recipe: Recipe, *sets: str, seeds: int | None = None) -> Grid:
    return make_grid(recipe, sets, seeds, lambda told: resolve_values(recipe, told, environ={}))


def test_the_first_seed_has_all_combinations_before_the_second_begins(recipe: Recipe) -> None:
    found = grid(recipe, "skew=1,0", "words=a,b", seeds=2)
    assert [tuple(cell.values.values()) for cell in found.cells] == [
        (skew, word, seed) for seed in (7, 8) for skew in (1.0, 0.0) for word in "ab"
    ]
    assert found.swept == {"skew": (1.0, 0.0), "words": ("a", "b")}
    assert found.seeds == (7, 8)


def test_seeds_begin_with_the_one_that_is_set(recipe: Recipe) -> None:
    assert grid(recipe, "seed=40", seeds=3).seeds == (40, 41, 42)


def test_one_seed_is_one_run_a_combination(recipe: Recipe) -> None:
    found = grid(recipe, "skew=0,1", seeds=1)
    assert (len(found.cells), found.seeds) == (2, ())


def test_a_cell_is_its_values_however_they_are_written(recipe: Recipe) -> None:
    one, other = grid(recipe, "skew=0.5,1"), grid(recipe, "skew=1.0,.5", "words=")
    assert {cell.id for cell in one.cells} == {cell.id for cell in other.cells}
    assert sweep_name("a/b", "0" * 64, one) == sweep_name("a/b", "0" * 64, other)
    third = grid(recipe, "skew=0.5,1", "words=x")
    assert not {cell.id for cell in one.cells} & {cell.id for cell in third.cells}


def test_the_name_of_a_sweep_changes_with_the_recipe(recipe: Recipe) -> None:
    found = grid(recipe, "skew=0,1")
    names = {sweep_name("digits/flower", text * 64, found) for text in "01"}
    assert len(names) == 2
    assert all(name.startswith("digits-flower-") for name in names)


def test_a_comma_can_be_meant(recipe: Recipe) -> None:
    found = grid(recipe, r"words=a\,b,c")
    assert [cell.values["words"] for cell in found.cells] == ["a,b", "c"]
    assert grid(recipe, "skew=0,1", "address=x,y").cells[0].sets["address"] == "x,y", "inputs are whole"


def test_a_grid_too_large_is_refused_before_it_is_made(recipe: Recipe) -> None:
    many = ",".join(str(number) for number in range(200))
    with pytest.raises(ValueProblem, match="has 40,000 cells"):
        grid(recipe, f"words={many}", seeds=200)


def test_seeds_need_a_param_that_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(TEXT.replace("  seed: {type: int, default: 7}\n", ""))
    with pytest.raises(ValueProblem, match="needs a recipe with a param seed; its params: skew, words"):
        grid(load(file), "skew=0,1", seeds=2)
