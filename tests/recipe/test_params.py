"""Params take what their type says, and say what they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fltui.recipe.durations import duration_text, seconds
from fltui.recipe.errors import ValueProblem
from fltui.recipe.params import param_value, parse_sets, resolve_params
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.values_model import Param

HERE = Path("/somewhere")


def param(**fields: object) -> Param:
    return Param.model_validate({"default": 0, **fields})


@given(st.integers(-(10**17), 10**17))
def test_every_whole_number_reads_back(number: int) -> None:
    assert param_value("n", param(type="int"), str(number), HERE) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_reads_back(number: float) -> None:
    assert param_value("x", param(type="float"), repr(number), HERE) == number


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).filter(
        lambda text: "${{" not in text
    )
)
def test_text_is_taken_as_it_is(text: str) -> None:
    assert param_value("s", param(type="str"), text, HERE) == text


@given(
    st.sampled_from(["int", "float", "bool", "duration", "port", "device", "choice", "path", "str"]),
    st.text(max_size=12),
)
def test_any_text_gives_a_value_of_the_type_or_one_sentence(kind: str, text: str) -> None:
    types = {"int": int, "float": float, "bool": bool, "duration": (int, float), "port": (int, str)}
    one = param(type=kind, **({"choices": ["a", "b"]} if kind == "choice" else {}))
    value, sentence = value_or_sentence(one, text)
    if sentence is None:
        assert isinstance(value, types.get(kind, str))
    else:
        assert sentence.startswith("p")
        assert "\n" not in sentence


def value_or_sentence(one: Param, text: str) -> tuple[object, str | None]:
    try:
        return param_value("p", one, text, HERE), None
    except ValueProblem as problem:
        return None, str(problem)


@pytest.mark.parametrize("text", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", " CUDA:1 "])
def test_a_device_is_auto_cpu_cuda_or_one_of_the_gpus(text: str) -> None:
    assert param_value("device", param(type="device"), text, HERE) == text.strip().lower()


@pytest.mark.parametrize(
    "text", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:01", "cuda:1.5", "cuda 0", "0"]
)
def test_another_device_is_refused_with_what_is_taken(text: str) -> None:
    _, sentence = value_or_sentence(param(type="device"), text)
    assert sentence == f"p takes auto, cpu, cuda or cuda:N, not {text!r}"


@given(st.integers(), st.integers(), st.integers())
def test_bounds_are_held(low: int, high: int, number: int) -> None:
    one = param(type="int", min=low, max=high)
    value, sentence = value_or_sentence(one, str(number))
    if low <= number <= high and abs(number) < 10**18:
        assert value == number
    else:
        assert sentence is not None


@given(st.integers(0, 10**6))
def test_durations_read_back_as_they_are_written(amount: int) -> None:
    assert seconds(duration_text(amount)) == amount


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30", 30), ("500ms", 0.5), ("1h30m", 5400), ("2d", 172800), ("1.5s", 1.5), (7, 7.0)],
)
def test_durations_have_units(text: object, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "5 s", "1m-1s", "nan", "inf", "-3", "1e400", "5x", True])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        seconds(text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_000", "٣", "0x10", "1,5", ""])
def test_a_float_is_finite_and_plain(text: str) -> None:
    with pytest.raises(ValueProblem, match="x takes a number, not"):
        param_value("x", param(type="float"), text, HERE)


@pytest.mark.parametrize("text", ["1.0", "1e3", "1_000", "٣", "9" * 19, "", " "])
def test_an_int_is_plain_digits(text: str) -> None:
    with pytest.raises(ValueProblem, match="n takes a whole number"):
        param_value("n", param(type="int"), text, HERE)


def test_a_path_is_relative_to_where_it_was_given(tmp_path: Path, recipe_of: Callable[[str], Recipe]) -> None:
    recipe = recipe_of(
        "params:\n  data: {type: path, default: data/x}\n  other: {type: path, default: null}\n"
    )
    assert resolve_params(recipe, {}) == {"data": str(recipe.folder / "data/x"), "other": ""}
    assert resolve_params(recipe, {"data": "../y"}, tmp_path / "a")["data"] == str(tmp_path / "y")
    assert resolve_params(recipe, {"data": "/z"}, tmp_path)["data"] == "/z"


def test_a_path_that_must_exist_does_or_the_missing_part_is_named(
    tmp_path: Path, recipe_of: Callable[[str], Recipe]
) -> None:
    recipe = recipe_of('params: {data: {type: path, default: "", exists: true}}\n')
    images = tmp_path / "cifar" / "images.npz"
    images.parent.mkdir()
    images.touch()
    assert resolve_params(recipe, {}) == {"data": ""}
    assert resolve_params(recipe, {"data": "cifar/images.npz"}, tmp_path)["data"] == str(images)
    for path, told in [
        ("cifar/image.npz", f"there is no {tmp_path}/cifar/image.npz; did you mean images.npz?"),
        ("cifer/images.npz", f"there is no {tmp_path}/cifer; did you mean cifar?"),
        ("cifar/images.npz/x", f"there is no {images}/x"),
        ("/zzzzzz/y", "there is no /zzzzzz"),
    ]:
        with pytest.raises(ValueProblem) as problem:
            resolve_params(recipe, {"data": path}, tmp_path)
        assert str(problem.value) == f"data leads to nothing: {told}"
    with pytest.raises(ValueProblem, match="data cannot be looked at: File name too long: /x"):
        resolve_params(recipe, {"data": "/" + "x" * 300})


def test_choices_may_be_numbers(recipe_of: Callable[[str], Recipe]) -> None:
    recipe = recipe_of("params: {n: {type: int, default: 1, choices: [1, 2, 4]}}\n")
    assert resolve_params(recipe, {"n": "4"}) == {"n": 4}
    with pytest.raises(ValueProblem, match="n is one of 1, 2, 4, not '3'"):
        resolve_params(recipe, {"n": "3"})


def test_a_near_choice_is_suggested(recipe_of: Callable[[str], Recipe]) -> None:
    recipe = recipe_of("params: {s: {type: choice, default: fedavg, choices: [fedavg, fedprox]}}\n")
    with pytest.raises(ValueProblem, match="did you mean fedprox"):
        resolve_params(recipe, {"s": "fedprx"})


def test_an_unknown_param_is_refused_with_what_is_near(recipe_of: Callable[[str], Recipe]) -> None:
    recipe = recipe_of("params: {rounds: {type: int, default: 1}}\n")
    with pytest.raises(ValueProblem, match="round is no param of this recipe; did you mean rounds"):
        resolve_params(recipe, {"round": "3"})
    with pytest.raises(ValueProblem, match="its params: rounds"):
        resolve_params(recipe, {"zzz": "3"})


@pytest.mark.parametrize("text", ["${{ ports.server }}", "a\0b"])
def test_a_value_cannot_smuggle_an_expression_in(text: str) -> None:
    with pytest.raises(ValueProblem, match="neither"):
        param_value("s", param(type="str"), text, HERE)


@pytest.mark.parametrize(("kind", "folder"), [("str", HERE), ("path", HERE), ("path", Path("/caf\udce9"))])
def test_bytes_that_are_no_utf_8_are_refused(kind: str, folder: Path) -> None:
    text = "x" if folder != HERE else "caf\udce9"
    with pytest.raises(ValueProblem, match="s: a value is text in UTF-8, and this is not"):
        param_value("s", param(type=kind), text, folder)


def test_sets_are_name_and_value() -> None:
    assert parse_sets(["a=1", "b=x=y", "a=2", "c="]) == {"a": "2", "b": "x=y", "c": ""}
    for wrong in ("a", "=1"):
        with pytest.raises(ValueProblem, match="NAME=VALUE"):
            parse_sets([wrong])


def test_a_number_given_where_text_stands_keeps_its_writing(recipe_of: Callable[[str], Recipe]) -> None:
    recipe = recipe_of("params: {version: {type: str, default: 1.10}}\nenv: {A: 1.10, B: true, C: 007}\n")
    assert resolve_params(recipe, {})["version"] == "1.10"
    assert recipe.env == {"A": "1.10", "B": "true", "C": "007"}
