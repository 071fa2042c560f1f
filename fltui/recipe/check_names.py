"""Static check of expressions: every name is known, allowed at its place, and of the right type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fltui.recipe.conditions import ConditionError, split
from fltui.recipe.errors import Problem, RecipeError, did_you_mean
from fltui.recipe.expressions import ExpressionError, Name, has_expression, names, only_name
from fltui.recipe.faults import Faults
from fltui.recipe.kinds import Kind
from fltui.recipe.model_tree import Place, leaves
from fltui.recipe.reader import read_text
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.values_model import FileTemplate, PortWish

FIXED_NAMES = (
    "run.folder",
    "run.name",
    "run.artifacts",
    "run.work",
    "recipe.folder",
    "recipes.folder",
    "site.cache",
    "replica",
    "replica.index",
)
_PARAM_TYPES = {
    "int": ("int",),
    "number": ("int", "float"),
    "bool": ("bool",),
    "duration": ("duration", "int", "float"),
    "port": ("port", "int"),
}
_OF_PARAMS_ONLY = {
    "inputs": "whether an input is needed depends on params only",
    "refuse": "what is refused depends on params only",
}
_WORDS = {
    "int": "a whole number",
    "number": "a number",
    "bool": "true or false",
    "duration": "a duration",
    "port": "a port",
}


def check_names(recipe: Recipe, faults: Faults) -> None:
    for path, text, kind in leaves(recipe):
        if kind.wants == "condition":
            _check_condition(recipe, path, text, faults)
        elif has_expression(text):
            for offset, sentence in _faults_of(recipe, path, text, kind):
                faults.value(path, sentence, offset)
            _check_params_only(path, text, faults)
    for name, file in recipe.files.items():
        if file.template is not None and not has_expression(file.template):
            _check_template(recipe, name, file, faults)


def _check_condition(recipe: Recipe, path: Place, text: str, faults: Faults) -> None:
    try:
        split(text)
    except ConditionError as error:
        faults.value(path, str(error))
        return
    if not has_expression(text):
        faults.value(
            path, "a condition without an expression is always the same; name one, e.g. ${{ params.tls }}"
        )
        return
    for offset, sentence in _faults_of(recipe, path, text, Kind("condition", late=False)):
        faults.value(path, sentence, offset)
    _check_params_only(path, text, faults)


def _check_params_only(path: Place, text: str, faults: Faults) -> None:
    """Params are the first that is known of a run: inputs are asked for, or not, by their values."""
    sentence = _OF_PARAMS_ONLY.get(str(path[0]))
    for name in _parsed(text) if sentence else ():
        if not name.name.startswith("params."):
            faults.value(path, str(sentence), name.offset)


def _check_template(recipe: Recipe, name: str, file: FileTemplate, faults: Faults) -> None:
    path: Place = ("files", name, "template")
    template = recipe.folder / str(file.template)
    if not template.is_file():
        faults.value(path, f"there is no template {template}")
        return
    try:
        text = read_text(template)
    except RecipeError as error:
        for problem in error.problems:
            faults.add(problem)
        return
    for offset, sentence in _faults_of(recipe, ("files", name, "text"), text, Kind("text", secrets=True)):
        faults.add(_template_problem(template, text, offset, sentence))


def _template_problem(template: Path, text: str, offset: int, sentence: str) -> Problem:
    before = text[:offset]
    return Problem(template, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, sentence)


def _parsed(text: str) -> list[Name]:
    try:
        return names(text)
    except ExpressionError:
        return []


def _faults_of(recipe: Recipe, path: Place, text: str, kind: Kind) -> Iterable[tuple[int, str]]:
    """(offset, sentence) of what is wrong with the expressions of one text."""
    try:
        found = names(text)
    except ExpressionError as error:
        yield error.offset, str(error)
        return
    typed = kind.wants in _PARAM_TYPES
    if typed and only_name(text) is None:
        yield 0, f"here stands {_WORDS[kind.wants]}: one expression and nothing around it"
        return
    for name in found:
        sentence = _unknown(recipe, name.name) or _not_here(recipe, path, name.name, kind)
        if sentence is None and typed:
            sentence = _wrong_type(recipe, name.name, kind)
        if sentence is not None:
            yield name.offset, sentence


def _unknown(recipe: Recipe, name: str) -> str | None:
    """Why `name` is no name of this recipe; None when it is one."""
    group, _, rest = name.partition(".")
    if name in FIXED_NAMES:
        return None
    if group == "environments":
        good = rest.endswith(".python") and rest != ".python"
        return None if good else f"there is no name {name}; write environments.NAME.python"
    tables: dict[str, Iterable[str]] = {
        "params": recipe.params,
        "inputs": recipe.inputs,
        "ports": recipe.ports,
        "files": recipe.files,
    }
    if group in tables:
        known = list(tables[group])
        if rest in known or (group == "ports" and _numbered(recipe, rest) is not None):
            return None
        listed = f"; there are {', '.join(known)}" if known else f"; the recipe has no {group}"
        return f"there is no {name}{did_you_mean(rest, known) or listed}"
    everything = [f"{table}.{item}" for table, items in tables.items() for item in items]
    near = did_you_mean(name, [*everything, *FIXED_NAMES])
    groups = ", ".join(
        dict.fromkeys([*tables, *(fixed.partition(".")[0] for fixed in FIXED_NAMES), "environments"])
    )
    return f"there is no name {name}{near or f'; names begin with {groups}'}"


def _numbered(recipe: Recipe, name: str) -> PortWish | None:
    """The wish that `NAME-3` is the third port of."""
    group, _, number = name.rpartition("-")
    wish = recipe.ports.get(group)
    return (
        wish
        if wish is not None and wish.replicas is not None and number.isdigit() and int(number) > 0
        else None
    )


def _not_here(recipe: Recipe, path: Place, name: str, kind: Kind) -> str | None:
    """Why a known name may not stand at `path`; None when it may."""
    group, _, rest = name.partition(".")
    if group == "inputs" and recipe.inputs[rest].secret:
        return _secret_not_here(recipe, path, name, kind)
    if group == "params" and recipe.params[rest].type == "port" and kind.wants in ("text", "pattern"):
        return f"{name} may be auto; give it to a port (ports: NAME: {{number: …}}) and use ${{{{ ports.NAME }}}}"
    if not kind.late and group not in ("params", "inputs", "replica"):
        return f"{name} is not known yet here; only params and inputs are"
    if group == "replica" or (group == "ports" and _per_replica(recipe.ports.get(rest))):
        what = name if group == "replica" else f"{name}, one a replica,"
        return None if _in_replicas(recipe, path) else f"{what} has a meaning only inside what has `replicas`"
    if group == "files" and _per_replica(recipe.files[rest]) and not _in_replicas(recipe, path):
        return f"{name}, one a replica, has a meaning only inside what has `replicas`"
    return None


def _secret_not_here(recipe: Recipe, path: Place, name: str, kind: Kind) -> str | None:
    if path[0] == "files" and len(path) == 3 and path[2] == "text":
        file = recipe.files[str(path[1])]
        return None if file.secret else f"{name} is a secret; a file that holds it says `secret: true`"
    if kind.secrets:
        return None
    ways = "env, a file with `secret: true`, or a send step"
    if "argv" in path or "shell" in path or "command" in path or "run" in path:
        return f"{name} is a secret, and every user of the machine can read a command line; give it by {ways}"
    return f"{name} is a secret and cannot stand here; it may be given by {ways}"


def _per_replica(part: PortWish | FileTemplate | None) -> bool:
    return part is not None and part.replicas is not None


def _in_replicas(recipe: Recipe, path: Sequence[str | int]) -> bool:
    """Whether the place belongs to one replica of a process or of a file."""
    if len(path) < 3 or path[2] in ("when", "replicas", "environment"):
        return False
    if path[0] == "processes":
        return recipe.processes[str(path[1])].replicas is not None
    return path[0] == "files" and recipe.files[str(path[1])].replicas is not None


def _wrong_type(recipe: Recipe, name: str, kind: Kind) -> str | None:
    group, _, rest = name.partition(".")
    if group == "params":
        given = recipe.params[rest].type
        wanted = _PARAM_TYPES[kind.wants]
        return None if given in wanted else f"here stands {_WORDS[kind.wants]}, and {name} is of type {given}"
    if group == "replica" and kind.wants != "bool":
        return None
    return f"here stands {_WORDS[kind.wants]}, and {name} is text"
