"""The files of a recipe: their paths in the run folder, and their text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from fltui.facts.plan import RunFile
from fltui.plan.scope import Place, Scope, UnknownName
from fltui.recipe.errors import RecipeError
from fltui.recipe.expressions import ExpressionError, expand, names, written
from fltui.recipe.reader import read_text
from fltui.recipe.values_model import FileTemplate

Paths = dict[int | None, str]


def file_paths(scope: Scope, replicas: Mapping[str, int]) -> dict[str, Paths]:
    """The absolute path of each file, by name and replica (None: a single file).

    `replicas`: the names of the files that are part of this run and have replicas, with the count.
    """
    found: dict[str, Paths] = {}
    taken: dict[str, str] = {}
    for name, file in scope.recipe.files.items():
        where: Place = ("files", name)
        if not scope.holds(file.when, (*where, "when")):
            continue
        numbers: list[int | None] = [None] if name not in replicas else list(range(1, replicas[name] + 1))
        paths: Paths = {number: _path(name, file, scope.for_replica(number), where) for number in numbers}
        for path in paths.values():
            if path in taken:
                place = (*where, "to") if file.to is not None else where
                hint = "; name ${{ replica }} in `to`" if taken[path] == name else ""
                raise scope.problem(place, f"the files {taken[path]} and {name} would both be {path}{hint}")
            taken[path] = name
        found[name] = paths
    return found


def render(scope: Scope) -> tuple[RunFile, ...]:
    """All files of the run with their text. Raises RecipeError at the place in the template."""
    return tuple(
        RunFile(
            path,
            _text(name, scope.recipe.files[name], scope.for_replica(number)),
            scope.recipe.files[name].secret,
        )
        for name, paths in scope.files.items()
        for number, path in paths.items()
    )


def _path(name: str, file: FileTemplate, scope: Scope, where: Place) -> str:
    if file.to is not None:
        to = scope.text(file.to, (*where, "to"))
    elif file.template is not None:
        to = PurePosixPath(scope.text(file.template, (*where, "template"))).name
    else:
        to = name
    parts = PurePosixPath(to).parts
    if not parts or ".." in parts or to.startswith("/"):
        raise scope.problem((*where, "to"), f"{to!r} is no path inside the run folder")
    return str(Path(scope.site.folder, "secrets" if file.secret else "files", *parts))


def _text(name: str, file: FileTemplate, scope: Scope) -> str:
    where: Place = ("files", name)
    if file.text is not None:
        return scope.text(file.text, (*where, "text"))
    template = scope.recipe.folder / scope.text(str(file.template), (*where, "template"))
    if not template.is_file():
        raise scope.problem((*where, "template"), f"there is no template {template}")
    text = read_text(template)
    try:
        for used in names(text):
            try:
                scope.value(used.name)
            except UnknownName as error:
                raise _template_problem(template, text, used.offset, str(error)) from None
        return written(expand(text, scope.value))
    except ExpressionError as error:
        raise _template_problem(template, text, error.offset, str(error)) from None


def _template_problem(template: Path, text: str, offset: int, sentence: str) -> RecipeError:
    before = text[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return RecipeError.at(template, before.count("\n") + 1, column, sentence)
