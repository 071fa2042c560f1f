"""One process of a recipe: how it starts, is ready, is talked to, measured and ended."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from fltui.recipe.kinds import (
    Duration,
    EarlyText,
    Literal_,
    Name,
    Pattern,
    PlainFlag,
    SecretText,
    Text,
    Variable,
    When,
    Whole,
)
from fltui.recipe.values_model import Part

Role = Literal["director", "server", "aggregator", "client", "driver", "tool", "evaluator"]
Condition = Literal["started", "ready", "completed"]
Mode = Literal["auto", "confirm", "manual"]
Scope = Literal["global", "client"]


def by_key(*keys: str) -> Discriminator:
    """Chooses a branch by the one key that only this branch has.

    The tags are in angle brackets so that no key of a file is taken for one.
    """

    def choose(value: Any) -> str | None:
        known = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
        return next((f"<{key}>" for key in keys if key in known), None)

    one_of = f"{', '.join(keys[:-1])} or {keys[-1]}"
    return Discriminator(
        choose, custom_error_type="one_of", custom_error_message=f"this needs one of the keys {one_of}"
    )


class Arguments(Part):
    """Arguments that are there only if a condition holds."""

    when: When = Field(description="the condition")
    argv: tuple[Text, ...] = Field(description="the arguments")


def _argument_kind(value: Any) -> str:
    return "<when>" if isinstance(value, (dict, Arguments)) else "<text>"


Argv = tuple[
    Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[Arguments, Tag("<when>")], Discriminator(_argument_kind)
    ],
    ...,
]


class _Check(Part):
    when: When | None = Field(None, description="asked for only if this holds")


class LogCheck(_Check):
    """A line that matches is in a log."""

    log: Pattern = Field(description="regular expression over one line, colours taken away")
    process: Name | None = Field(
        None, description="whose log; default: its own. A name with replicas: the logs of all of them"
    )
    count: Whole = Field(
        1, description="how many times; with the name of replicas: in the logs of how many of them"
    )


class PortCheck(_Check):
    """Something of our own process tree listens; a stranger on that port is an error that names it."""

    port: Text = Field(description="a name under `ports`, or a number")


class HttpCheck(_Check):
    """A URL answers."""

    http: Text = Field(description="the URL")
    status: Whole = Field(200, description="the status it must answer")


class CommandCheck(_Check):
    """A command exits 0."""

    command: Argv = Field(min_length=1, description="its argv, run until it succeeds")


class FileCheck(_Check):
    """A file is not empty and was written after the start of the process."""

    file: Text = Field(description="its path, relative to the process's folder")


Check = Annotated[
    Annotated[LogCheck, Tag("<log>")]
    | Annotated[PortCheck, Tag("<port>")]
    | Annotated[HttpCheck, Tag("<http>")]
    | Annotated[CommandCheck, Tag("<command>")]
    | Annotated[FileCheck, Tag("<file>")],
    by_key("log", "port", "http", "command", "file"),
]


class Ready(Part):
    """When a process is ready: all checks hold. Short: just the list of checks."""

    timeout: Duration = Field(60.0, description="not ready by then ends the run (exit 3)")
    checks: tuple[Check, ...] = Field(
        min_length=1,
        description="all must hold; where `when` leaves none, the process is ready when it has started",
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"checks": value} if isinstance(value, list) else value


class _Step(Part):
    name: Name | None = Field(None, description="default: its kind and place, e.g. send-2")
    why: Literal_ = Field("", description="one line for the person who watches: why this is done")
    timeout: Duration = Field(60.0, description="not done by then ends the run (exit 4)")
    when: When | None = Field(None, description="done only if this holds")


class WaitStep(_Step):
    """Waits for a line, counted from the start of the process."""

    wait: Pattern = Field(description="regular expression over one line")
    process: Name | None = Field(
        None, description="whose log; default: its own. A name with replicas: the logs of all of them"
    )
    count: Whole = Field(
        1, description="how many times; with the name of replicas: in the logs of how many of them"
    )


class SendStep(_Step):
    """Types a line into the process's terminal."""

    send: SecretText = Field(
        description="the line, without its newline; 4,000 bytes at most (a terminal cuts more)"
    )
    until: Pattern | None = Field(None, description="then waits for this line")
    mode: Mode = Field("auto", description="auto; confirm: a person says go; manual: a person types it")


class AskStep(_Step):
    """Asks a person. Answered by `--set NAME=TEXT`, `--answers`, or at the terminal."""

    ask: Text = Field(description="the question")
    headless: Text | None = Field(
        None, description="the answer where no person is; without it such a run ends (exit 4)"
    )
    send_answer: PlainFlag = Field(False, description="the answer is typed into the process")
    secret: PlainFlag = Field(False, description="the answer is shown and written nowhere")
    until: Pattern | None = Field(None, description="then waits for this line")


class RunStep(_Step):
    """Runs a command beside the process, in its surroundings, to exit code 0."""

    run: Argv = Field(min_length=1, description="its argv")
    mode: Mode = Field("auto", description="auto, or confirm: a person says go")


Step = Annotated[
    Annotated[WaitStep, Tag("<wait>")]
    | Annotated[SendStep, Tag("<send>")]
    | Annotated[AskStep, Tag("<ask>")]
    | Annotated[RunStep, Tag("<run>")],
    by_key("wait", "send", "ask", "run"),
]


class JsonLines(Part):
    """Lines of the log such as `{"metric": {"round": 1, "scope": "global", "accuracy": 0.9}}`."""

    lines: Literal["json"] = Field(description="json")
    scope: Scope = Field("client", description="where a line names none")


class LineMetric(Part):
    """A line of the log; its named groups are metric names, `round` is the round."""

    line: Pattern = Field(description="e.g. `round (?P<round>\\d+) accuracy (?P<accuracy>[\\d.]+)`")
    scope: Scope = Field("client", description="global (the federated weights) or client (local)")


class MetricFile(Part):
    """A file of JSON lines, with or without the outer `metric`. What lay there when the run began does not count."""

    file: Text = Field(description="its path, relative to the process's folder")
    scope: Scope = Field("client", description="where a line names none")


Metric = Annotated[
    Annotated[JsonLines, Tag("<lines>")]
    | Annotated[LineMetric, Tag("<line>")]
    | Annotated[MetricFile, Tag("<file>")],
    by_key("lines", "line", "file"),
]


class Restart(Part):
    """Starting again after a failure."""

    most: Whole = Field(0, description="at most so many times")
    backoff: Duration = Field(1.0, description="this long after each end")


class Stop(Part):
    """How the process is ended; each stage has its grace time."""

    send: SecretText | None = Field(None, description="a line typed first, the polite way")
    run: Argv = Field((), description="or a command run first")
    polite: Duration = Field(5.0, description="after the line or command; then SIGTERM to the process")
    term: Duration = Field(5.0, description="then SIGTERM to its group")
    group: Duration = Field(2.0, description="then SIGKILL to group and descendants")
    kill: Duration = Field(5.0, description="what still lives then is named as left over")

    @model_validator(mode="after")
    def _one_way(self) -> Stop:
        if self.send is not None and self.run:
            raise ValueError("stop has either send or run")
        return self


def _unquoted_null(value: Any) -> Any:
    """`stdin: null` without quotes is YAML's nothing; people mean the word."""
    return "null" if value is None else value


class Process(Part):
    """One program, or one a replica."""

    role: Role = Field(description="orders the panes and the topology")
    argv: Argv = Field((), description="the program and its arguments; an item may be `{when: …, argv: […]}`")
    shell: Text | None = Field(None, description="instead of argv: text for /bin/sh -c")
    cwd: Text | None = Field(
        None, description="its folder; default: the recipe's. Relative to the recipe's folder"
    )
    env: dict[Variable, SecretText] = Field({}, description="environment variables, over the recipe's")
    environment: EarlyText | None = Field(
        None, description="overrides the recipe's; null: the caller's own programs"
    )
    replicas: Whole | None = Field(
        None,
        description="NAME-1 … NAME-N; in them `${{ replica }}` counts from 1, `${{ replica.index }}` from 0",
    )
    when: When | None = Field(None, description="part of the federation only if this holds")
    needs: dict[Name, Condition] = Field(
        {},
        description="processes that must be started, ready or completed first; one left out by `when` is dropped",
    )
    ready: Ready | None = Field(None, description="without it a process is ready when it has started")
    steps: tuple[Step, ...] = Field((), description="the dialogue with it, in order")
    metrics: tuple[Metric, ...] = Field((), description="where its metric rows come from")
    ends: Literal["completes", "serves"] = Field(
        "completes", description="completes: it ends by itself; serves: it lives until the run stops it"
    )
    exit_codes: tuple[Whole, ...] = Field((0,), min_length=1, description="the exit codes that are a success")
    on_failure: Literal["fail", "continue"] = Field(
        "fail",
        description="fail: the run ends; continue: it goes on while it makes progress, and is failed at the end",
    )
    restart: Restart = Field(Restart.model_construct(), description="starting again after a failure")
    stop: Stop = Field(Stop.model_construct(), description="how it is ended")
    stdin: Annotated[Literal["tty", "null", "pipe"], BeforeValidator(_unquoted_null)] = Field(
        "tty", description="what its standard input is"
    )
    columns: Whole = Field(160, description="width of its terminal")
    rows: Whole = Field(50, description="height of its terminal")
    line_parts: Pattern | None = Field(
        None,
        description="regular expression that names `time`, `level`, `message` of a line; panes then show it short",
    )
    commands: tuple[Text, ...] = Field(
        (), description="what people type into it: completions of its input line"
    )
    gpus: EarlyText | None = Field(
        None,
        description="none, auto (one of the pool, shared when there are fewer than processes), share (all of them), a number of GPUs, or what a `device` param says: cpu is none, cuda auto, cuda:N share. Without it clients and drivers take the recipe's param `device`, else auto, and the other roles none",
    )
    host: EarlyText = Field("here", description="the machine it runs on; here is the only one yet")

    @model_validator(mode="after")
    def _one_program(self) -> Process:
        if self.shell is None and not self.argv:
            raise ValueError("a process needs argv (a list) or shell (a text)")
        if self.shell is not None and self.argv:
            raise ValueError("a process has either argv or shell")
        return self
