"""Params: typed values with defaults and bounds, from `--set NAME=VALUE`, a form or a file."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from fltui.recipe.durations import duration_text, seconds
from fltui.recipe.errors import ValueProblem, did_you_mean
from fltui.recipe.expressions import has_expression, written
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.scalars import text_of
from fltui.recipe.values_model import Param

_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DEVICE = re.compile(r"auto|cpu|cuda(?::(?:0|[1-9][0-9]{0,3}))?")
_SURROGATE = re.compile("[\ud800-\udfff]")  # what Python makes of bytes that are no UTF-8
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_MOST_BESIDE = 500


def parse_sets(items: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` texts of `--set` as a mapping; the last of a name holds. Raises ValueProblem."""
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise ValueProblem(
                f"--set takes NAME=VALUE, e.g. --set rounds=5; this has no name or no `=`: {item}"
            )
        found[name.strip()] = value
    return found


def resolve_params(
    recipe: Recipe, sets: Mapping[str, object], folder: Path | None = None, others: Iterable[str] = ()
) -> dict[str, Any]:
    """The value of every param: as given in `sets`, else its default.

    Paths in `sets` are relative to `folder` (default: the current one). `others`: names in `sets`
    that are no params and are somebody else's to read. Raises ValueProblem with a sentence.
    """
    known = set(others)
    for name in sets:
        if name not in recipe.params and name not in known:
            near = did_you_mean(name, [*recipe.params, *known])
            listed = ", ".join(recipe.params) or "none"
            raise ValueProblem(f"{name} is no param of this recipe{near or f'; its params: {listed}'}")
    here = folder or Path.cwd()
    return {
        name: param_value(name, param, sets[name], here)
        if name in sets
        else param_value(name, param, param.default, recipe.folder)
        for name, param in recipe.params.items()
    }


def param_value(name: str, param: Param, given: object, folder: Path) -> Any:
    """`given` (text, or a scalar of a file) as a value of `param`. Raises ValueProblem."""
    text = "" if given is None and param.type in ("str", "path") else text_of(given)
    if text is None:
        raise ValueProblem(f"{name} takes {_wanted(param)}, not {'nothing' if given is None else given!r}")
    check_text(name, text)
    try:
        value = _READERS[param.type](text.strip() if param.type != "str" else text)
    except ValueError:
        raise ValueProblem(f"{name} takes {_wanted(param)}, not {_short(text)}") from None
    _check_choice(name, param, value)
    _check_bounds(name, param, value)
    if param.type != "path":
        return value
    path = check_text(name, _absolute(value, folder))
    if param.exists and path:
        _check_exists(name, Path(path))
    return path


def check_text(name: str, text: str) -> str:
    """`text`, if a plan can hold it. Raises ValueProblem."""
    if has_expression(text) or "\0" in text:
        raise ValueProblem(f"{name}: a value holds neither `${{{{` nor a NUL character")
    if not text.isascii() and _SURROGATE.search(text):
        raise ValueProblem(f"{name}: a value is text in UTF-8, and this is not")
    return text


def _read_int(text: str) -> int:
    if not _INT.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _read_float(text: str) -> float:
    if not _FLOAT.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _read_bool(text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _read_duration(text: str) -> int | float:
    value = seconds(text)
    return int(value) if value.is_integer() else value


def _read_port(text: str) -> int | str:
    if text.lower() == "auto":
        return "auto"
    number = _read_int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number


def _read_device(text: str) -> str:
    if not _DEVICE.fullmatch(text.lower()):
        raise ValueError(text)
    return text.lower()


_READERS: dict[str, Callable[[str], Any]] = {
    "int": _read_int,
    "float": _read_float,
    "bool": _read_bool,
    "str": str,
    "choice": str,
    "path": str,
    "duration": _read_duration,
    "port": _read_port,
    "device": _read_device,
}
_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "choice": "one of its choices",
    "path": "a path",
    "duration": "a duration such as 30s or 10m",
    "port": "auto or a port from 1 to 65535",
    "device": "auto, cpu, cuda or cuda:N",
}


def _wanted(param: Param) -> str:
    return f"one of {_choices_text(param)}" if param.choices else _WANTED[param.type]


def _choices_text(param: Param) -> str:
    return ", ".join(text_of(choice) or "" for choice in param.choices)


def _check_choice(name: str, param: Param, value: Any) -> None:
    if not param.choices:
        return
    allowed = [_READERS[param.type](text_of(choice) or "") for choice in param.choices]
    if value not in allowed:
        near = did_you_mean(str(value), [str(choice) for choice in allowed])
        raise ValueProblem(f"{name} is one of {_choices_text(param)}, not {_short(written(value))}{near}")


def _check_bounds(name: str, param: Param, value: Any) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return
    for limit, wrong, word in (
        (param.min, param.min is not None and value < param.min, "at least"),
        (param.max, param.max is not None and value > param.max, "at most"),
    ):
        if wrong and limit is not None:
            raise ValueProblem(f"{name} is {word} {_amount(param, limit)}, not {_amount(param, value)}")


def _check_exists(name: str, path: Path) -> None:
    """Raises ValueProblem that names the first part of `path` which is missing, and what is like it."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        missing = next((part for part in reversed(path.parents) if not os.path.exists(part)), path)
        raise ValueProblem(f"{name} leads to nothing: there is no {missing}{_like(missing)}") from None
    except OSError as error:
        raise ValueProblem(f"{name} cannot be looked at: {error.strerror}: {path}") from None


def _like(missing: Path) -> str:
    """`; did you mean X?`, of the first files beside it; a form asks at every key."""
    try:
        with os.scandir(missing.parent) as beside:
            return did_you_mean(missing.name, [entry.name for entry in islice(beside, _MOST_BESIDE)])
    except OSError:  # a file, or a folder that we may not read
        return ""


def _amount(param: Param, value: float) -> str:
    return duration_text(value) if param.type == "duration" else written(value)


def _absolute(text: str, folder: Path) -> str:
    """An empty path stays empty: it means what the recipe does without one."""
    return os.path.normpath(folder / Path(text).expanduser()) if text else ""


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
