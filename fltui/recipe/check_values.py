"""Static check of params, inputs, ports, files and the recipe's own few words."""

from __future__ import annotations

import re

from fltui.recipe.errors import ValueProblem
from fltui.recipe.expressions import has_expression
from fltui.recipe.faults import Faults
from fltui.recipe.params import param_value
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.scalars import text_of
from fltui.recipe.values_model import Param

_LOWER_WORD = re.compile(r"[a-z0-9][a-z0-9._-]*")
_WITH_BOUNDS = ("int", "float", "duration")
_WITH_CHOICES = ("choice", "int", "float", "str")
_OURS = ("FLTUI_RUN", "FLTUI_PROCESS")


def check_values(recipe: Recipe, faults: Faults) -> None:
    for key in ("framework", "task"):
        if not _LOWER_WORD.fullmatch(getattr(recipe, key)):
            faults.value((key,), f"{key} is one word in lower case, not {getattr(recipe, key)!r}")
    for name, param in recipe.params.items():
        _check_param(recipe, name, param, faults)
    for name, wish in recipe.inputs.items():
        if name in recipe.params:
            faults.key(("inputs", name), f"{name} is a param already; --set {name}= would mean both")
        if wish.secret and wish.default is not None:
            faults.value(("inputs", name, "default"), "a secret has no default: the recipe would tell it")
    for name in recipe.ports:
        _check_numbered_name(
            "ports", name, [n for n, wish in recipe.ports.items() if wish.replicas is not None], faults
        )
    _check_environment_names(recipe, faults)
    _check_files(recipe, faults)


def _check_param(recipe: Recipe, name: str, param: Param, faults: Faults) -> None:
    where = ("params", name)
    if param.type == "choice" and not param.choices:
        faults.key(where, f"{name} is of type choice and has no choices")
        return
    if param.choices and param.type not in _WITH_CHOICES:
        faults.value((*where, "choices"), f"a param of type {param.type} has no choices")
        return
    for key, limit in (("min", param.min), ("max", param.max)):
        if limit is not None and param.type not in _WITH_BOUNDS:
            faults.value((*where, key), f"a param of type {param.type} has no {key}")
    if param.exists and param.type != "path":
        faults.value((*where, "exists"), f"a param of type {param.type} leads nowhere; only a path does")
    if param.min is not None and param.max is not None and param.min > param.max:
        faults.value((*where, "min"), f"min {param.min} is more than max {param.max}")
        return
    bare = param.model_copy(update={"choices": (), "min": None, "max": None})
    for index, choice in enumerate(param.choices):
        try:
            param_value(name, bare, choice, recipe.folder)
        except ValueProblem as error:
            faults.value((*where, "choices", index), str(error))
            return
    try:
        param_value(name, param, param.default, recipe.folder)
    except ValueProblem as error:
        faults.value((*where, "default"), f"the default does not fit: {error}")


def _check_numbered_name(group: str, name: str, replicated: list[str], faults: Faults) -> None:
    """`client-2` cannot stand beside `client` with replicas: both would be called so."""
    stem, _, number = name.rpartition("-")
    if number.isdigit() and stem in replicated:
        faults.key((group, name), f"{name} is also the name of a replica of {stem}")


def check_numbered_processes(recipe: Recipe, faults: Faults) -> None:
    replicated = [name for name, process in recipe.processes.items() if process.replicas is not None]
    for name in recipe.processes:
        _check_numbered_name("processes", name, replicated, faults)


def _check_environment_names(recipe: Recipe, faults: Faults) -> None:
    places = [("env",), *(("processes", name, "env") for name in recipe.processes)]
    tables = [recipe.env, *(process.env for process in recipe.processes.values())]
    for place, table in zip(places, tables, strict=True):
        for name in table:
            if name in _OURS:
                faults.key((*place, name), f"{name} is set by fltui itself")


def _check_files(recipe: Recipe, faults: Faults) -> None:
    for name, file in recipe.files.items():
        where = ("files", name)
        if file.replicas is not None and not (file.to is not None and "replica" in file.to):
            faults.key(where, f"each replica needs a path of its own: to: {name}-${{{{ replica }}}}")
        to = text_of(file.to)
        if to is not None and (to.startswith("/") or ".." in to.split("/") or not to.strip("/.")):
            faults.value((*where, "to"), f"{to!r} is no path inside the run folder")
    guide = recipe.guide_file
    if guide is not None and not guide.is_file():
        faults.value(("guide",), f"there is no guide {guide}")
    for name, process in recipe.processes.items():
        folder = process.cwd
        if folder is not None and not has_expression(folder) and not (recipe.folder / folder).is_dir():
            faults.value(("processes", name, "cwd"), f"there is no folder {recipe.folder / folder}")
