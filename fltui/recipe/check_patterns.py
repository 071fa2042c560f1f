"""Static check of regular expressions, of the groups they must have, and of what may use these."""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Collection, Mapping

from fltui.recipe.errors import did_you_mean
from fltui.recipe.expressions import ExpressionError, Name, has_expression, parse
from fltui.recipe.faults import Faults
from fltui.recipe.model_tree import Place, leaves
from fltui.recipe.process_model import LineMetric
from fltui.recipe.recipe_model import Line, Recipe

_STALL_FIELDS = ("connected", "clients", "round", "rounds")
_LINE_PARTS = ("time", "level", "message")
Patterns = Mapping[Place, "re.Pattern[str]"]


def check_patterns(recipe: Recipe, faults: Faults) -> None:
    compiled = _compile_all(recipe, faults)
    for part in ("started", "done"):
        line: Line | None = getattr(recipe.rounds, part)
        if line is not None:
            _need_group(compiled, ("rounds", part, "line"), "round", faults)
    for name, process in recipe.processes.items():
        where: Place = ("processes", name)
        if process.line_parts is not None:
            _need_group(compiled, (*where, "line_parts"), "message", faults)
            _know_groups(compiled, (*where, "line_parts"), faults)
        for index, rule in enumerate(process.metrics):
            place = (*where, "metrics", index, "line")
            if isinstance(rule, LineMetric) and place in compiled:
                metrics = set(compiled[place].groupindex) - {"round"}
                if not metrics:
                    faults.value(place, "the pattern names no metric; write e.g. (?P<accuracy>[\\d.]+)")
    for index, note in enumerate(recipe.notes):
        pattern = compiled.get(("notes", index, "line"))
        if pattern is not None:
            _check_fields(note.say, ("notes", index, "say"), ["process", *pattern.groupindex], faults)
    _check_fields(recipe.stall.say, ("stall", "say"), _STALL_FIELDS, faults)


def _compile_all(recipe: Recipe, faults: Faults) -> dict[Place, re.Pattern[str]]:
    found: dict[Place, re.Pattern[str]] = {}
    for path, text, kind in leaves(recipe):
        if kind.wants != "pattern":
            continue
        sample = _sample(text)
        if sample is None:
            continue  # a bad expression, reported as such
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of sets that a later Python may read otherwise
                pattern = re.compile(sample)
        except re.error as error:
            offset = error.pos if error.pos is not None and sample == text else 0
            faults.value(path, f"no regular expression: {error.msg}", offset)
            continue
        except (OverflowError, RecursionError):
            faults.value(path, "no regular expression that can be used: it is too large")
            continue
        found[path] = pattern
        if "\n" in text:
            faults.value(path, "a line never holds a newline; write the pattern in quotes, or after |-")
        elif pattern.search("") and path[-1] != "line_parts":
            faults.value(path, "this pattern is found in every line, also in an empty one")
    return found


def _sample(text: str) -> str | None:
    """The pattern with a digit for each expression."""
    if not has_expression(text):
        return text
    try:
        return "".join("0" if isinstance(part, Name) else part for part in parse(text))
    except ExpressionError:
        return None


def _need_group(compiled: Patterns, path: Place, group: str, faults: Faults) -> None:
    pattern = compiled.get(path)
    if pattern is not None and group not in pattern.groupindex:
        near = did_you_mean(group, pattern.groupindex)
        faults.value(path, f"the pattern has no group {group}; write (?P<{group}>…) around it{near}")


def _know_groups(compiled: Patterns, path: Place, faults: Faults) -> None:
    pattern = compiled.get(path)
    for group in pattern.groupindex if pattern is not None else ():
        if group not in _LINE_PARTS:
            faults.value(path, f"a line's parts are {', '.join(_LINE_PARTS)}, not {group}")


def _check_fields(text: str, path: Place, known: Collection[str], faults: Faults) -> None:
    """The `{name}` fields of a sentence are among `known`."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        faults.value(path, f"the braces of this sentence do not fit: {error}; write {{{{ for a brace")
        return
    for field in fields:
        if field not in known:
            listed = ", ".join(f"{{{name}}}" for name in known)
            faults.value(
                path, f"{{{field}}} has no value here{did_you_mean(field, known) or f'; there are {listed}'}"
            )
