"""From a recipe's file to a checked Recipe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fltui.recipe.check_names import check_names
from fltui.recipe.check_patterns import check_patterns
from fltui.recipe.check_processes import check_processes
from fltui.recipe.check_values import check_values
from fltui.recipe.errors import Problem, RecipeError, did_you_mean
from fltui.recipe.faults import Faults
from fltui.recipe.find import FILE_NAME
from fltui.recipe.kinds import shown
from fltui.recipe.model_tree import key_of, model_for
from fltui.recipe.reader import Document, read
from fltui.recipe.recipe_model import Recipe, Source

_MOST_PROBLEMS = 20


def load(path: Path) -> Recipe:
    """The recipe in the file `path`, or in the `recipe.yaml` of the folder `path`.

    Raises RecipeError with every problem that the file alone shows.
    """
    file = path / FILE_NAME if path.is_dir() else path
    file = Path(file.absolute())
    if path.is_dir() and not file.exists():
        raise RecipeError.at(path.absolute(), 1, 1, f"this folder holds no {FILE_NAME}")
    text, document = read(file)
    if not isinstance(document.data, dict):
        place = document.value_at(())
        raise RecipeError.at(file, *place, f"a recipe is a mapping of keys, not {shown(document.data)}")
    try:
        recipe = Recipe.model_validate(document.data)
    except ValidationError as error:
        raise RecipeError(_problems(document, error)) from None
    recipe = recipe.from_source(Source(file, text, document))
    faults = Faults(recipe)
    for check in (check_values, check_names, check_patterns, check_processes):
        check(recipe, faults)
    if faults.problems:
        raise RecipeError(faults.problems[:_MOST_PROBLEMS])
    return recipe


def _problems(document: Document, error: ValidationError) -> list[Problem]:
    found: dict[tuple[int, int, str], Problem] = {}
    faults = error.errors(include_url=False)
    meant = {
        (*fault["loc"][:-1], _meant(fault["loc"])) for fault in faults if fault["type"] == "extra_forbidden"
    }
    for fault in faults:
        if fault["type"] == "missing" and fault["loc"] in meant:
            continue  # it is there, misspelt
        if fault["type"] == "too_short" and fault["input"]:
            continue  # pydantic counts only the good ones
        place, sentence = _explain(document, fault["loc"], fault["type"], fault)
        found.setdefault((*place, sentence), Problem(document.file, *place, sentence))
    return [found[key] for key in sorted(found)][:_MOST_PROBLEMS]


def _explain(
    document: Document, loc: Sequence[str | int], kind: str, fault: Any
) -> tuple[tuple[int, int], str]:
    """Where a fault of the model stands in the file, and what to say of it."""
    path = [part for part in loc if part != "[key]"]
    value = fault["input"]
    context = fault.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(path[-1])
        return document.key_at(path), f"unknown key {key!r}{_near_key(path, key)}"
    if kind == "missing":
        return document.key_at(path[:-1]), f"the key {path[-1]!r} is missing here"
    place = document.key_at(path) if loc and loc[-1] == "[key]" else document.value_at(path)
    if kind == "value_error":
        return place, str(context["error"])
    if kind == "literal_error":
        known = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        near = did_you_mean(str(value), known)
        return place, f"{shown(value)} is none of {', '.join(known)}{near}"
    if kind in ("tuple_type", "list_type"):
        return place, f"here stands a list, not {shown(value)}"
    if kind in ("dict_type", "model_type", "mapping_type", "model_attributes_type"):
        return place, f"here stands a mapping of keys, not {shown(value)}"
    if kind == "one_of" and isinstance(value, dict):
        words = re.findall(r"\w+", str(fault["msg"]).partition("the keys")[2])
        near = next(filter(None, (did_you_mean(str(key), words) for key in value)), "")
        return place, f"{fault['msg']}{near}"
    if kind == "too_short":
        return place, "at least one is needed here"
    return place, str(fault["msg"])


def _near_key(path: Sequence[str | int], key: str) -> str:
    """Which key was meant, or which there are."""
    known = _known_keys(path[:-1])
    return did_you_mean(key, known) or (f"; known here: {', '.join(known)}" if known else "")


def _meant(path: Sequence[str | int]) -> str:
    """The key that an unknown one at the end of `path` was meant to be; empty: none is near."""
    return did_you_mean(str(path[-1]), _known_keys(path[:-1])).removeprefix("; did you mean ").rstrip("?")


def _known_keys(path: Sequence[str | int]) -> list[str]:
    model = model_for(Recipe, path)
    return [key_of(model, field) for field in model.model_fields] if model is not None else []
