"""The recipe reference in docs/, generated from the models; a test holds the committed page to it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fltui.recipe import process_model as process
from fltui.recipe import recipe_model as recipe
from fltui.recipe import values_model as values
from fltui.recipe.durations import duration_text
from fltui.recipe.kinds import Kind, Name, Scalar, Variable, When

# Heading, model, in the order of the page. A heading says where in the file the model stands.
_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", recipe.Recipe),
    ("params.NAME", values.Param),
    ("refuse", values.Refusal),
    ("inputs.NAME", values.Input),
    ("ports.NAME", values.PortWish),
    ("files.NAME", values.FileTemplate),
    ("processes.NAME", process.Process),
    ("An argument with a condition", process.Arguments),
    ("ready", process.Ready),
    ("A log check", process.LogCheck),
    ("A port check", process.PortCheck),
    ("An http check", process.HttpCheck),
    ("A command check", process.CommandCheck),
    ("A file check", process.FileCheck),
    ("A wait step", process.WaitStep),
    ("A send step", process.SendStep),
    ("An ask step", process.AskStep),
    ("A run step", process.RunStep),
    ("JSON lines as metrics", process.JsonLines),
    ("A line as metrics", process.LineMetric),
    ("A file as metrics", process.MetricFile),
    ("restart", process.Restart),
    ("stop", process.Stop),
    ("rounds", recipe.Rounds),
    ("clients", recipe.Clients),
    ("A line of a process", recipe.Line),
    ("A note", recipe.Note),
    ("success", recipe.Success),
    ("stall", recipe.Stall),
)
_HEADINGS = {model: heading for heading, model in _SECTIONS}
_WORDS = {
    "text": "text",
    "literal": "text without expressions",
    "pattern": "regular expression",
    "int": "whole number",
    "number": "number",
    "bool": "true or false",
    "duration": "duration",
    "condition": "condition, or a list of them",
    "port": "auto, or a port number",
}

_INTRODUCTION = """\
# Recipe reference

Generated from the models in `fltui/recipe`; do not edit. A gentler way in is [writing a recipe](writing-a-recipe.md).

A recipe is one file, `recipe.yaml`, in YAML 1.2. Unknown keys are errors. `fltui check RECIPE` says what is wrong with one and where; `fltui plan RECIPE` shows what it would start. For completion in an editor, let its first line be
`# yaml-language-server: $schema=PATH/TO/recipe.schema.json` (`fltui schema` prints that file).

## Expressions

`${{ name }}` is the only thing that expands, in any text that is not marked as without expressions, and in templates. A text that is one expression and nothing else keeps the type of its value. There are no operators, and no way to write a literal `${{`.

| name | is |
|---|---|
| `params.NAME` | a param's value |
| `inputs.NAME` | an input's value; of a secret only in `env`, in `send`, and in a file with `secret: true` |
| `ports.NAME` | a port's number; inside a replica its own, if the port has `replicas`; `ports.NAME-2` is the second one's |
| `files.NAME` | the path of a file of the recipe in the run folder; inside a replica its own, if the file has `replicas` |
| `replica`, `replica.index` | the number of a replica from 1, from 0; only inside what has `replicas` |
| `run.folder`, `run.work`, `run.artifacts`, `run.name` | the run folder, its `work/` and `artifacts/`, the run's name |
| `recipe.folder`, `recipes.folder` | the folder of the recipe; the root of the recipes it lives among, whose `common/` every child can import |
| `site.cache` | a folder for what is worth keeping between runs |
| `environments.NAME.python` | the Python of an environment |

Numbers, durations, conditions, `replicas`, `environment`, `to` and `template` must be known before a run has a folder and ports: only params, inputs and `replica` stand there. In a regular expression, what an expression gives stands for itself.

## Conditions

`when: "${{ params.tls }}"` holds unless the value is false, 0, nothing, or one of the texts false, no, off, 0 and the empty one. `when: "${{ params.server }} == own"` compares two texts (`!=` too). A list holds when all of it does. What is left out is no part of the run: a need of it, a step that waits for it, a readiness check of its log and a rule about its lines are dropped with it; an expression that names a file left out is an error.

## Durations

`30` and `30s` are seconds; also `500ms`, `10m`, `1h30m`, `2d`.

## Regular expressions

Python's, searched in one line after colours are taken away (a line ends at a newline; a prompt without one is looked at too). Put them in single quotes. A pattern that is found in an empty line is an error.

## Where values come from

Params: `--set NAME=VALUE`, then the `--answers` file, then the default. Inputs: typed at a prompt, `--set`, the answers file, the input's `env` variable, the default; without any, a person at the terminal is asked, and a run without one says what is missing and does not start. A secret is never taken literally from `--set`, whose text every user of the machine can read: `--set token=@FILE` and `--set token=env:VARIABLE` say where it lies. An answers file is a YAML or JSON mapping of names to values; in it, too, a secret may be `@FILE` or `env:VARIABLE`.

## What every child gets

The caller's environment variables, then `FLTUI_RUN` and `FLTUI_PROCESS`, `PYTHONPATH` (what the recipe sets, then the recipes' `common/`), and for a process in an environment its `bin/` first in `PATH`, `VIRTUAL_ENV`, `PYTHONNOUSERSITE=1`, `PYTHONDONTWRITEBYTECODE=1` and an empty `PYTHONHOME`; then the recipe's `env`, then the process's. A child never inherits the caller's `PYTHONPATH` into an environment. Where there is a GPU: `CUDA_VISIBLE_DEVICES` with the UUIDs of its own (empty for none), unless the recipe sets it; and with a GPU `CUDA_DEVICE_ORDER=PCI_BUS_ID`, `TF_FORCE_GPU_ALLOW_GROWTH=true`, `XLA_PYTHON_CLIENT_PREALLOCATE=false`, the last two unless the recipe or the caller does.
"""


def reference() -> str:
    """The Markdown page."""
    lines = [_INTRODUCTION]
    for heading, model in _SECTIONS:
        lines += [f"## {heading}", "", " ".join((model.__doc__ or "").split()), "", *_table(model), ""]
    return "\n".join(lines)


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for name, info in model.model_fields.items():
        cells = (f"`{info.alias or name}`", _value(info), _default(info), info.description or "")
        yield "| " + " | ".join(_cell(text) for text in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.default
    if default is None or default == "" or default == () or default == {} or isinstance(default, BaseModel):
        return ""
    if any(isinstance(item, Kind) and item.wants == "duration" for item in info.metadata):
        return f"`{duration_text(default)}`"
    if isinstance(default, tuple):
        return f"`[{', '.join(str(item) for item in default)}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _value(info: FieldInfo) -> str:
    annotation: Any = info.annotation
    if info.metadata:
        annotation = Annotated[(annotation, *info.metadata)]
    return _words(annotation)


def _words(hint: Any) -> str:
    """What a field takes, in words."""
    fixed = {Name: "name", Variable: "name of an environment variable", Scalar: "text, number, true or false"}
    for known, word in fixed.items():
        if hint == known:
            return word
    if hint == When:
        return _WORDS["condition"]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        kind = next((item for item in hint.__metadata__ if isinstance(item, Kind)), None)
        if kind is None:
            return _words(arguments[0])
        return (
            "true or false"
            if kind.wants == "literal" and arguments[0] is bool
            else _kind_words(kind, arguments[0])
        )
    if origin is Literal:
        return ", ".join(f"`{item}`" for item in arguments)
    if origin is dict:
        return f"mapping of names to {_words(arguments[1])}"
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _link(hint)
    options = [_words(option) for option in arguments if option is not type(None)]
    return " or ".join(dict.fromkeys(options)) if options else "text, number, true or false"


def _kind_words(kind: Kind, base: Any) -> str:
    if kind.wants == "literal" and base is not str:
        return "text, number, true or false" if base is Any else "number"
    return _WORDS[kind.wants]


def _link(model: type[BaseModel]) -> str:
    heading = _HEADINGS[model]
    anchor = "".join(char for char in heading.lower().replace(" ", "-") if char.isalnum() or char == "-")
    return f"[{heading}](#{anchor})"


if __name__ == "__main__":
    print(reference(), end="")
