"""Everything a person gives for a run: params, inputs and answers to the questions of steps.

Where a value comes from, first that has it: typed at a prompt, `--set`, the answers file, the
input's environment variable, its default. A secret is never taken literally from `--set`, whose
text any user of the machine can read in the process list: `--set token=@FILE` and
`--set token=env:NAME` say where it lies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fltui.facts.late import late_name
from fltui.recipe.conditions import holds
from fltui.recipe.errors import NotTogether, RecipeError, ValueProblem
from fltui.recipe.expressions import expand
from fltui.recipe.params import check_text, resolve_params
from fltui.recipe.process_model import AskStep, Step
from fltui.recipe.reader import parse, read_text
from fltui.recipe.recipe_model import Recipe
from fltui.recipe.scalars import text_of
from fltui.recipe.values_model import Input

_MOST_SECRET_BYTES = 65_536


@dataclass(frozen=True)
class Missing:
    """An input that the run needs and nobody gave."""

    name: str
    help: str
    secret: bool
    env: str | None

    @property
    def how(self) -> str:
        """How to give it, for a person at a shell."""
        value = "@FILE (or env:NAME)" if self.secret else "VALUE"
        by_env = f", {self.env} in the environment" if self.env else ""
        return f"--set {self.name}={value}, --answers FILE{by_env}"


@dataclass(frozen=True)
class Values:
    """What a run is told. `secrets` holds the values of secret inputs, and of answers to secret
    questions; it never leaves memory. `answers` is by the name of the asking step."""

    params: Mapping[str, Any]
    inputs: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    answers: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()


def step_name(step: Step, index: int) -> str:
    """The name of a step: its own, or its kind and place (from 1) among the steps of its process."""
    return step.name or f"{_kind(step)}-{index + 1}"


def _kind(step: Step) -> str:
    return next(kind for kind in ("wait", "send", "ask", "run") if kind in type(step).model_fields)


def questions(recipe: Recipe) -> dict[str, AskStep]:
    """The asking steps of a recipe by name; the same name in two processes is one question."""
    return {
        step_name(step, index): step
        for process in recipe.processes.values()
        for index, step in enumerate(process.steps)
        if isinstance(step, AskStep)
    }


def read_answers(file: Path) -> dict[str, str]:
    """An answers file: a YAML or JSON mapping of names to values. Raises RecipeError."""
    document = parse(file, read_text(file))
    if not isinstance(document.data, dict):
        raise RecipeError.at(file, *document.value_at(()), "answers are a mapping of names to values")
    found: dict[str, str] = {}
    for name, value in document.data.items():
        text = "" if value is None else text_of(value)
        if text is None:
            raise RecipeError.at(file, *document.value_at((name,)), f"the answer {name} is one value")
        found[name] = text
    return found


def resolve_values(
    recipe: Recipe,
    sets: Mapping[str, str],
    answers: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    prompted: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Values:
    """All values of a run; inputs that nobody gave are in `missing`. Raises ValueProblem.

    `environ` defaults to the process's own. `prompted`: what a person typed, taken literally.
    """
    given: dict[str, str] = {**(answers or {}), **sets}
    asks = questions(recipe)
    params = resolve_params(
        recipe,
        {name: value for name, value in given.items() if name not in recipe.inputs and name not in asks},
        folder,
        others=(*recipe.inputs, *asks),
    )
    check_together(recipe, params)
    reader = _Reader(sets, answers or {}, os.environ if environ is None else environ, prompted or {})
    inputs: dict[str, str] = {}
    secrets: dict[str, str] = {}
    missing: list[Missing] = []
    for name, wish in recipe.inputs.items():
        value = reader.value(name, wish)
        if value is None and not _needed(wish, params):
            value = ""
        if value is None:
            missing.append(Missing(name, wish.help, wish.secret, wish.env))
        elif wish.secret:
            secrets[name] = value
        else:
            inputs[name] = value
    replies: dict[str, str] = {}
    for name, ask in asks.items():
        value = reader.answer(name, ask.secret)
        if value is not None and ask.secret:
            secrets[name] = value
            replies[name] = late_name("inputs", name)
        elif value is not None:
            replies[name] = value
    return Values(params, inputs, secrets, replies, tuple(missing))


def check_together(recipe: Recipe, params: Mapping[str, Any]) -> None:
    """Raises NotTogether, in the recipe's words, for params that it refuses."""
    for refusal in recipe.refuse:
        if holds(refusal.when, _of(params)):
            raise NotTogether(str(expand(refusal.say, _of(params))))


def _needed(wish: Input, params: Mapping[str, Any]) -> bool:
    return holds(wish.when, _of(params))


def _of(params: Mapping[str, Any]) -> Callable[[str], Any]:
    """The value of a name where only params stand."""
    return lambda name: params[name.removeprefix("params.")]


@dataclass(frozen=True)
class _Reader:
    """Looks a name up in the places that may hold its value."""

    sets: Mapping[str, str]
    answers: Mapping[str, str]
    environ: Mapping[str, str]
    prompted: Mapping[str, str]

    def value(self, name: str, wish: Input) -> str | None:
        found = self.answer(name, wish.secret)
        if found is None and wish.env is not None and self.environ.get(wish.env):
            found = self.environ[wish.env]
        if found is None and wish.default is not None:
            found = text_of(wish.default)
        return None if found is None else check_text(name, found)

    def answer(self, name: str, secret: bool) -> str | None:
        if name in self.prompted:
            return check_text(name, self.prompted[name])
        if name in self.sets:
            text = self.sets[name]
            if secret and not text.startswith(("@", "env:")):
                raise ValueProblem(
                    f"{name} is a secret, and a command line can be read by every user of the machine; "
                    f"give --set {name}=@FILE or --set {name}=env:VARIABLE, or an answers file"
                )
        elif name in self.answers:
            text = self.answers[name]
        else:
            return None
        return check_text(name, self._fetch(name, text) if secret else text)

    def _fetch(self, name: str, text: str) -> str:
        """A secret from where `@FILE` or `env:NAME` says it lies; any other text is the secret."""
        if text.startswith("env:"):
            variable = text.removeprefix("env:")
            if not self.environ.get(variable):
                raise ValueProblem(f"{name}: the environment has no variable {variable}, or it is empty")
            return self.environ[variable]
        if text.startswith("@"):
            file = Path(text[1:]).expanduser()
            try:
                with file.open("rb") as opened:
                    data = opened.read(_MOST_SECRET_BYTES + 1)
                if len(data) > _MOST_SECRET_BYTES:
                    raise ValueProblem(f"{name}: {file} has over {_MOST_SECRET_BYTES:,} bytes")
                return data.decode("utf-8").rstrip("\r\n")
            except OSError as error:
                raise ValueProblem(f"{name}: {file} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise ValueProblem(f"{name}: {file} is no UTF-8 text") from None
        return text
