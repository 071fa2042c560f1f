"""What goes wrong, as one sentence and an exit code. No traceback reaches a user for a mistake.

The exceptions of other rooms are named here by text: naming a class must not import its room, for
`fltui ps` needs neither pydantic nor the environments.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from fltui.facts.codec import to_json
from fltui.facts.verdict import EXIT_CODES, Result, Verdict

USAGE = EXIT_CODES[Verdict.RECIPE]
BY_CTRL_C = "interrupted by Ctrl-C"
_BY_KEY = EXIT_CODES[Verdict.INTERRUPTED]


class UsageError(Exception):
    """A mistake on the command line, as a sentence."""


class CommandFailed(Exception):
    """A command could not do what was asked; `exit_code` is its exit code."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Interrupted(KeyboardInterrupt):
    """A signal came before the run had begun; afterwards the run itself is stopped."""

    def __init__(self, exit_code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Failure:
    """One mapped error."""

    verdict: Verdict
    exit_code: int
    sentence: str


# module.Class -> verdict. A class below the named one counts as it.
VERDICTS: dict[str, Verdict] = {
    "fltui.cli.errors.UsageError": Verdict.RECIPE,
    "fltui.record.runs.RunNotFoundError": Verdict.RECIPE,
    "fltui.record.manifest.RunFolderError": Verdict.RECIPE,
    "fltui.tui.config.ConfigError": Verdict.RECIPE,
    "fltui.recipe.errors.RecipeError": Verdict.RECIPE,
    "fltui.recipe.errors.ValueProblem": Verdict.RECIPE,
    "fltui.plan.gpu_placement.TooFewGpus": Verdict.RECIPE,
    "fltui.plan.ports.PortBusy": Verdict.NOT_READY,
    "fltui.plan.ports.NoPort": Verdict.NOT_READY,
    "fltui.environment.errors.UnknownEnvironment": Verdict.RECIPE,
    "fltui.environment.errors.EnvironmentProblem": Verdict.ENVIRONMENT,
    "fltui.record.lock.RunOwnedError": Verdict.FAILED,
    "fltui.control.start.StartError": Verdict.FAILED,
    "fltui.control.removal.CannotRemoveError": Verdict.FAILED,
    "fltui.control.client.RunGone": Verdict.FAILED,
    "fltui.control.client.Refused": Verdict.FAILED,
}


def failure_of(error: BaseException) -> Failure | None:
    """The sentence and code for `error`; None when it is a fault of fltui itself."""
    if isinstance(error, click.Abort):  # at a prompt; it hides what it was
        cause = error.__cause__ or error.__context__
        if not isinstance(cause, KeyboardInterrupt):
            return Failure(Verdict.INTERRUPTED, _BY_KEY, "interrupted by the end of the input")
        error = cause
    if isinstance(error, Interrupted):
        return Failure(Verdict.INTERRUPTED, error.exit_code, str(error))
    if isinstance(error, KeyboardInterrupt):
        return Failure(Verdict.INTERRUPTED, _BY_KEY, BY_CTRL_C)
    if isinstance(error, CommandFailed):
        return Failure(Verdict.FAILED, error.exit_code, str(error))
    for kind in type(error).__mro__:
        verdict = VERDICTS.get(f"{kind.__module__}.{kind.__qualname__}")
        if verdict is not None:
            return Failure(verdict, EXIT_CODES[verdict], str(error))
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return Failure(Verdict.FAILED, 1, f"{error.strerror}{where}")
    return None


@contextmanager
def written_as(path: Path) -> Iterator[None]:
    """What cannot be written to the hidden file that becomes `path` is told of `path`."""
    try:
        yield
    except OSError as error:
        hidden = Path(os.fsdecode(error.filename or "")).name.startswith(f".{path.name}.")
        if error.strerror and (hidden or not error.filename):
            raise CommandFailed(f"{path}: {error.strerror}") from None
        raise


def result_of(
    failure: Failure, recipe: str = "", run: str = "", folder: str = "", duration_s: float = 0.0
) -> Result:
    """The `--json` object of a run that never began."""
    return Result(
        recipe=recipe,
        run=run,
        folder=folder,
        verdict=failure.verdict,
        exit_code=failure.exit_code,
        reason=failure.sentence,
        duration_s=round(duration_s, 3),
    )


def print_result(result: Result) -> int:
    """The one object that `--json` puts on stdout. Returns the exit code, see `hand_out`."""
    fields = to_json(result)
    return hand_out(json.dumps({"schema": fields.pop("schema"), **fields}), result.exit_code)


def hand_out(text: str, exit_code: int = 0) -> int:
    """`text` as a line on stdout, at once. Returns `exit_code`, and 1 for 0 where stdout cannot take it.

    A reader that has gone is no failure: it has what it wanted, see fltui/cli/streams.py.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        complain(f"standard output: {error.strerror}")
        return exit_code or 1
    return exit_code


def complain(sentence: str) -> None:
    """One error on stderr."""
    print(f"fltui: {sentence}", file=sys.stderr, flush=True)
