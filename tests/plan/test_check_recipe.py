"""`check` plans a recipe with every choice, so that a fault behind a condition is found as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.facts.site import shipped_recipes
from fltui.plan.check import check
from fltui.recipe.errors import RecipeError, ValueProblem
from fltui.recipe.inputs import resolve_values

BODY = """\
params:
  tls: {type: bool, default: false}
  mode: {type: choice, default: a, choices: [a, b]}
inputs: {token: {help: x, secret: true}, address: {help: y}}
files: {cert: {text: x, when: "${{ params.tls }} == false"}}
processes:
  one: {role: tool, argv: [x], environment: null}
  two: {role: tool, argv: [x, "${{ files.cert }}"], when: "${{ params.tls }}"}
"""


def test_a_fault_behind_a_condition_is_found_and_says_when(write_recipe: Callable[[str], Path]) -> None:
    with pytest.raises(RecipeError) as caught:
        check(write_recipe(BODY))
    assert str(caught.value).endswith("the file cert is not part of this run (with tls=true)")
    assert caught.value.line == 12


def test_a_good_recipe_needs_no_inputs_to_be_checked(write_recipe: Callable[[str], Path]) -> None:
    assert check(write_recipe(BODY.replace(" == false", ""))).title == "A test"


REFUSING = """\
params:
  kind: {type: choice, default: a, choices: [a, b]}
  norm: {type: choice, default: DEFAULT, choices: [group, batch]}
refuse:
  - {when: ["${{ params.norm }} == batch", "${{ params.kind }} == a"], say: "kind=${{ params.kind }} wants norm=group"}
processes: {one: {role: tool, argv: [x], environment: null}}
"""


def test_params_that_a_recipe_refuses_together_are_a_mistake_and_no_fault_of_the_recipe(
    write_recipe: Callable[[str], Path],
) -> None:
    recipe = check(write_recipe(REFUSING.replace("DEFAULT", "group")))
    assert resolve_values(recipe, {"norm": "batch", "kind": "b"}).params["norm"] == "batch"
    with pytest.raises(ValueProblem) as caught:
        resolve_values(recipe, {"norm": "batch"})
    assert str(caught.value) == "kind=a wants norm=group"


def test_a_recipe_that_refuses_its_own_defaults_is_no_good(write_recipe: Callable[[str], Path]) -> None:
    with pytest.raises(RecipeError, match="the defaults are refused: kind=a wants norm=group") as caught:
        check(write_recipe(REFUSING.replace("DEFAULT", "batch")))
    assert caught.value.line == 9


def test_an_unknown_environment_is_found(write_recipe: Callable[[str], Path]) -> None:
    file = write_recipe("processes: {a: {role: tool, argv: [x], environment: flwer}}\n")
    with pytest.raises(RecipeError, match="there is no environment flwer; did you mean flower"):
        check(file, ["flower", "data"])
    assert check(file)


@pytest.mark.parametrize(
    "file", sorted(shipped_recipes().rglob("recipe.yaml")), ids=lambda file: file.parent.name
)
def test_every_shipped_recipe_is_good(file: Path) -> None:
    environments = [path.name for path in (shipped_recipes() / "environments").iterdir() if path.is_dir()]
    recipe = check(file, environments)
    assert recipe.text.startswith("# yaml-language-server: $schema=../../recipe.schema.json\n")
    assert recipe.guide_text(), "a shipped recipe has a guide"
