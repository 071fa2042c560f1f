"""Where inputs, secrets and answers come from, and that a secret is never taken from a command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.facts.late import late_name
from fltui.recipe.errors import RecipeError, ValueProblem
from fltui.recipe.inputs import Missing, read_answers, resolve_values
from fltui.recipe.recipe_model import Recipe

BODY = """\
params:
  service: {type: bool, default: true}
inputs:
  address: {help: Address of the aggregator, env: DEMO_ADDRESS, default: 127.0.0.1}
  project: {help: Name of the project, when: "${{ params.service }}"}
  token: {help: The project's token, secret: true, env: DEMO_TOKEN, when: "${{ params.service }}"}
processes:
  agent:
    role: client
    argv: [python3]
    steps:
      - {ask: "Which model?", name: model, send_answer: true}
      - {ask: "Password?", name: password, secret: true, send_answer: true}
"""


@pytest.fixture
def recipe(recipe_of: Callable[[str], Recipe]) -> Recipe:
    return recipe_of(BODY)


def test_the_first_place_that_has_a_value_gives_it(recipe: Recipe) -> None:
    def address(**given: dict[str, str]) -> str:
        places = {"sets": {}, "environ": {}, **given}
        return resolve_values(recipe, **places).inputs["address"]

    environ = {"DEMO_ADDRESS": "environment"}
    assert address() == "127.0.0.1"
    assert address(environ=environ) == "environment"
    assert address(environ=environ, answers={"address": "file"}) == "file"
    assert address(environ=environ, answers={"address": "file"}, sets={"address": "set"}) == "set"
    assert address(sets={"address": "set"}, prompted={"address": "typed"}) == "typed"


def test_what_nobody_gave_is_missing_with_its_help(recipe: Recipe) -> None:
    values = resolve_values(recipe, {}, environ={})
    assert values.missing == (
        Missing("project", "Name of the project", False, None),
        Missing("token", "The project's token", True, "DEMO_TOKEN"),
    )
    assert "@FILE" in values.missing[1].how
    assert "DEMO_TOKEN" in values.missing[1].how


def test_an_input_that_is_not_needed_is_empty_unless_given(recipe: Recipe) -> None:
    values = resolve_values(recipe, {"service": "false"}, environ={})
    assert values.missing == ()
    assert (values.inputs["project"], values.secrets["token"]) == ("", "")
    values = resolve_values(recipe, {"service": "false", "project": "mine"}, environ={})
    assert values.inputs["project"] == "mine"


def test_a_secret_on_the_command_line_is_refused(recipe: Recipe) -> None:
    with pytest.raises(ValueProblem) as caught:
        resolve_values(recipe, {"token": "hunter2"}, environ={})
    assert "every user of the machine" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_secret_comes_from_a_file_a_variable_an_answer_or_a_prompt(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from file\n")
    environ = {"DEMO_TOKEN": "from its variable", "OTHER": "from another"}

    def token(**given: dict[str, str]) -> str:
        places = {"sets": {}, "environ": environ, **given}
        values = resolve_values(recipe, **places)
        assert "token" not in values.inputs
        return values.secrets["token"]

    assert token() == "from its variable"
    assert token(sets={"token": f"@{file}"}) == "from file"
    assert token(sets={"token": "env:OTHER"}) == "from another"
    assert token(answers={"token": "as it stands"}) == "as it stands"
    assert token(answers={"token": f"@{file}"}) == "from file"
    assert token(prompted={"token": "@typed"}) == "@typed"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("@/nowhere/token", "token: /nowhere/token cannot be read"), ("env:NOPE", "no variable NOPE")],
)
def test_a_secret_that_cannot_be_had_says_so(recipe: Recipe, given: str, sentence: str) -> None:
    with pytest.raises(ValueProblem, match=sentence):
        resolve_values(recipe, {"token": given}, environ={})


def test_values_never_show_their_secrets(recipe: Recipe) -> None:
    values = resolve_values(recipe, {}, environ={"DEMO_TOKEN": "hunter2"}, answers={"password": "hunter3"})
    assert values.secrets == {"token": "hunter2", "password": "hunter3"}
    assert "hunter" not in repr(values)


def test_answers_to_questions_are_given_by_the_name_of_the_step(recipe: Recipe) -> None:
    values = resolve_values(recipe, {"model": "vgg"}, environ={}, answers={"password": "s3cret"})
    # The plan, which is written down, holds only the name of a secret answer.
    assert values.answers == {"model": "vgg", "password": late_name("inputs", "password")}
    with pytest.raises(ValueProblem, match="password is a secret"):
        resolve_values(recipe, {"password": "s3cret"}, environ={})


def test_a_misspelt_name_is_held_against_params_inputs_and_questions(recipe: Recipe) -> None:
    for wrong, right in (("serv1ce", "service"), ("adress", "address"), ("modle", "model")):
        with pytest.raises(ValueProblem, match=f"did you mean {right}"):
            resolve_values(recipe, {wrong: "x"}, environ={})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "address: there\nservice: false\nport: 8080\n"),
        ("a.json", '{"address": "there", "service": false, "port": 8080}'),
    ],
)
def test_answers_are_yaml_or_json(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_answers(tmp_path / name) == {"address": "there", "service": "false", "port": "8080"}


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("- a\n", "1:1", "a mapping of names"),
        ("a: {b: c}\n", "1:4", "the answer a is one value"),
        ("a: [\n", "2:1", "unclosed"),
    ],
)
def test_bad_answers_say_where(tmp_path: Path, text: str, place: str, sentence: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(RecipeError) as caught:
        read_answers(tmp_path / "a.yaml")
    assert str(caught.value).startswith(f"{tmp_path}/a.yaml:{place}: ")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "places",
    [
        {"sets": {"address": "caf\udce9"}},
        {"sets": {"model": "caf\udce9"}},
        {"sets": {"token": "env:ELSEWHERE"}, "environ": {"ELSEWHERE": "caf\udce9"}},
        {"sets": {}, "environ": {"DEMO_TOKEN": "caf\udce9"}},
    ],
)
def test_bytes_that_are_no_utf_8_are_refused_and_a_secret_is_not_shown(
    recipe: Recipe, places: dict[str, dict[str, str]]
) -> None:
    with pytest.raises(ValueProblem, match=r"a value is text in UTF-8, and this is not$"):
        resolve_values(recipe, **{"environ": {}, **places})
