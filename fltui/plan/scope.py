"""What `${{ }}` names mean at one place of a recipe, and reading its fields there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fltui.facts.late import late_name
from fltui.plan.site import Site
from fltui.recipe.conditions import ConditionError, holds
from fltui.recipe.durations import seconds
from fltui.recipe.errors import RecipeError
from fltui.recipe.expressions import ExpressionError, expand, has_expression, parse, written
from fltui.recipe.kinds import shown
from fltui.recipe.process_model import Argv
from fltui.recipe.recipe_model import Recipe

Place = tuple[str | int, ...]


class UnknownName(ValueError):
    """An expression's name has no value here; the text is a sentence."""


@dataclass(frozen=True)
class Scope:
    """The values that names have. `ports`, `files`: by name, the count of replicas (None: a single
    one). `replica` counts from 1; None outside replicas."""

    recipe: Recipe
    site: Site
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    ports: Mapping[str, int | None] = field(default_factory=dict)
    files: Mapping[str, Mapping[int | None, str]] = field(default_factory=dict)
    replica: int | None = None

    def for_replica(self, replica: int | None) -> Scope:
        return replace(self, replica=replica)

    # -- names -----------------------------------------------------------------------------------

    def value(self, name: str) -> Any:
        """The value of a dotted name. Raises UnknownName."""
        group, _, rest = name.partition(".")
        if group == "replica":
            return self._replica(rest)
        if group == "environments":
            return self._environment(rest)
        table: dict[str, Callable[[str], Any]] = {
            "params": self._param,
            "inputs": self._input,
            "ports": self._port,
            "files": self._file,
        }
        if group in table:
            return table[group](rest)
        if name in (fixed := self._fixed()):
            return fixed[name]
        raise UnknownName(f"there is no name {name}")

    def _fixed(self) -> dict[str, str]:
        run = Path(self.site.folder)
        return {
            "run.folder": str(run),
            "run.name": self.site.run,
            "run.artifacts": str(run / "artifacts"),
            "run.work": str(run / "work"),
            "recipe.folder": str(self.recipe.folder),
            "recipes.folder": self.site.recipes,
            "site.cache": self.site.cache,
        }

    def _param(self, name: str) -> Any:
        if name not in self.params:
            raise UnknownName(f"there is no param {name}")
        return self.params[name]

    def _input(self, name: str) -> str:
        wish = self.recipe.inputs.get(name)
        if wish is not None and wish.secret:
            return late_name("inputs", name)
        if name not in self.inputs:
            why = "was not given" if wish is not None else "does not exist"
            raise UnknownName(f"the input {name} {why}")
        return self.inputs[name]

    def _port(self, name: str) -> str:
        if name in self.ports:
            count = self.ports[name]
            if count is None:
                return late_name("ports", name)
            if self.replica is None:
                raise UnknownName(
                    f"there is one port {name} a replica; outside replicas name one, ports.{name}-1"
                )
            if self.replica > count:
                raise UnknownName(f"there are {count} ports {name}, and this is replica {self.replica}")
            return late_name("ports", f"{name}-{self.replica}")
        group, _, number = name.rpartition("-")
        count = self.ports.get(group)
        if count is not None and number.isdigit() and 1 <= int(number) <= count:
            return late_name("ports", name)
        raise UnknownName(f"there is no port {name}")

    def _file(self, name: str) -> str:
        paths = self.files.get(name)
        if paths is None:
            raise UnknownName(f"the file {name} is not part of this run")
        if None in paths:
            return paths[None]
        if self.replica is None or self.replica not in paths:
            raise UnknownName(f"there is one file {name} a replica; this place is none of them")
        return paths[self.replica]

    def _replica(self, rest: str) -> int:
        if self.replica is None:
            raise UnknownName("replica has a meaning only where `replicas` is set")
        return self.replica - 1 if rest == "index" else self.replica

    def _environment(self, rest: str) -> str:
        name, _, what = rest.rpartition(".")
        environment = self.site.environments.get(name)
        if environment is None or what != "python":
            raise UnknownName(f"there is no environment {name}; write environments.NAME.python")
        return str(Path(environment.folder) / "bin" / "python")

    # -- fields ----------------------------------------------------------------------------------

    def text(self, text: str, where: Place) -> str:
        """A text with its expressions written out."""
        return written(self._expand(text, where))

    def optional(self, text: str | None, where: Place) -> str | None:
        return None if text is None else self.text(text, where)

    def pattern(self, text: str, where: Place) -> str:
        """A regular expression; what an expression gives stands for itself in it."""
        filled = text
        if has_expression(text):
            parts = self._guard(text, where, lambda: [self._pattern_part(part) for part in _parts(text)])
            filled = "".join(parts)
        try:
            re.compile(filled)
        except re.error as error:
            raise self.problem(where, f"no regular expression: {error}") from None
        return filled

    def _pattern_part(self, part: tuple[str, bool]) -> str:
        text, is_name = part
        if not is_name:
            return text
        value = written(self.value(text))
        return value if has_expression(value) else re.escape(value)

    def whole(self, value: int | str, where: Place, least: int = 0, most: int | None = None) -> int:
        number = self._expand(value, where) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int):
            raise self.problem(where, f"here stands a whole number, and {value} is {shown(number)}")
        if number < least or (most is not None and number > most):
            bounds = f"at least {least}" if most is None else f"from {least} to {most}"
            raise self.problem(where, f"here stands a number {bounds}, not {number}")
        return number

    def number(self, value: float | str, where: Place) -> float:
        number = self._expand(value, where) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise self.problem(where, f"here stands a number, and {value} is {shown(number)}")
        return float(number)

    def duration(self, value: float | str, where: Place) -> float:
        given = self._expand(value, where) if isinstance(value, str) else value
        try:
            return seconds(given)
        except ValueError as error:
            raise self.problem(where, str(error)) from None

    def holds(self, conditions: tuple[str, ...] | None, where: Place) -> bool:
        if not conditions:
            return True
        return bool(self._guard(" ".join(conditions), where, lambda: holds(conditions, self.value)))

    def argv(self, argv: Argv, where: Place) -> tuple[str, ...]:
        """Arguments, those whose condition does not hold left out."""
        found: list[str] = []
        for index, item in enumerate(argv):
            if isinstance(item, str):
                found.append(self.text(item, (*where, index)))
            elif self.holds(item.when, (*where, index, "when")):
                found += [self.text(text, (*where, index, "argv", i)) for i, text in enumerate(item.argv)]
        return tuple(found)

    def problem(self, where: Sequence[str | int], sentence: str, offset: int = 0) -> RecipeError:
        """A fault at a place of the recipe's file."""
        place = self.recipe.document.text_at(where, offset)
        return RecipeError.at(self.recipe.file, *place, sentence)

    def _expand(self, text: str, where: Place) -> Any:
        return self._guard(text, where, lambda: expand(text, self.value)) if has_expression(text) else text

    def _guard(self, text: str, where: Place, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except ExpressionError as error:
            raise self.problem(where, str(error), error.offset) from None
        except (UnknownName, ConditionError) as error:
            raise self.problem(where, str(error), max(text.find("${{"), 0)) from None


def _parts(text: str) -> list[tuple[str, bool]]:
    """Literal parts and names of a text: (text, whether it is a name)."""
    return [(part, False) if isinstance(part, str) else (part.name, True) for part in parse(text)]
