"""Commands to one run: `send`, `mark`, `stop` and `wait`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from fltui.cli.errors import CommandFailed, UsageError, print_result
from fltui.cli.progress import awaited
from fltui.cli.stderr_lines import StderrLines
from fltui.cli.summary import summary_lines
from fltui.control.client import ANSWER_S, RunGone, Supervisor
from fltui.control.crashed import close_crashed
from fltui.control.force import kill_supervisor
from fltui.facts.verdict import Result
from fltui.recipe.durations import seconds
from fltui.recipe.errors import did_you_mean
from fltui.record.lock import owner
from fltui.record.reader import Follower, read_manifest
from fltui.record.runs import find_run
from fltui.record.snapshot import begin, fold, snapshot_of
from fltui.record.views import RunSnapshot

_LOOK_S = 0.1
_FORCE_ANSWER_S = 3.0


@click.command()
@click.argument("run")
@click.argument("process")
@click.argument("text")
def send(run: str, process: str, text: str) -> None:
    """Type TEXT and Enter into PROCESS of a live run. TEXT `-` is read from standard input."""
    folder = find_run(run, live_first=True)
    check_process(folder, process)
    if text == "-":
        text = sys.stdin.readline().rstrip("\n")
    with Supervisor.connect(folder) as supervisor:
        supervisor.request("send", process=process, text=text)


@click.command()
@click.argument("run")
@click.argument("text")
def mark(run: str, text: str) -> None:
    """Put a mark with TEXT into the record of a live run, at this moment."""
    if not text.strip():
        raise UsageError("a mark says something; give it a TEXT")
    with Supervisor.connect(find_run(run, live_first=True)) as supervisor:
        supervisor.request("mark", text=text, by=_who())


@click.command()
@click.argument("run")
@click.option("--force", is_flag=True, help="SIGKILL to everything, at once.")
@click.option("--json", "as_json", is_flag=True, help="The run's result object on stdout.")
def stop(run: str, force: bool, as_json: bool) -> None:
    """Stop a live run and wait until nothing of it is left.

    Of a run that lost its engine, what is left is ended and its end is written.
    """
    folder = find_run(run, live_first=True)
    result = _result_of(folder)
    if result is not None:
        print(f"{folder.name} has ended already", file=sys.stderr)
    elif owner(folder) is None:
        result = close_crashed(folder)
    else:
        with Supervisor.connect(folder, _FORCE_ANSWER_S if force else ANSWER_S) as supervisor:
            try:
                supervisor.request("stop", by=_who(), reason="stopped by `fltui stop`", force=force)
            except RunGone as error:
                if not force:
                    raise CommandFailed(f"{error}; `fltui stop --force {run}` kills it") from None
                if not kill_supervisor(folder):
                    raise
            result = to_the_end(folder)
    _report(result, as_json)
    if result.leftovers:
        raise CommandFailed(f"{len(result.leftovers)} of its processes could not be ended", 5)


@click.command()
@click.argument("run")
@click.option("--timeout", metavar="T", help="Give up after T (90s, 10m, 1h); exit 1. The run goes on.")
@click.option("--json", "as_json", is_flag=True, help="The run's result object on stdout.")
def wait(run: str, timeout: str | None, as_json: bool) -> int:
    """Wait for a run's end and exit with its exit code."""
    most = None
    if timeout is not None:
        try:
            most = seconds(timeout)
        except ValueError as error:
            raise UsageError(f"--timeout: {error}") from None
    folder = find_run(run, live_first=True)
    result = to_the_end(folder, most)
    _report(result, as_json)
    return result.exit_code


def to_the_end(folder: Path, timeout_s: float | None = None) -> Result:
    """Follows a run to its end with a live line of what it waits for.

    Raises CommandFailed when it takes longer, or when it has lost its engine.
    """
    began = time.monotonic()
    lines = StderrLines.on_stderr()
    follower, snapshot = Follower(folder, recent_resources=True), begin(read_manifest(folder))
    try:
        while True:
            alive = owner(folder) is not None
            for row in follower.poll():
                snapshot = fold(snapshot, row)
            if snapshot.result is not None:
                return snapshot.result
            if not alive:
                raise CommandFailed(f"{folder.name} lost its engine; `fltui stop {folder.name}` closes it")
            if timeout_s is not None and time.monotonic() - began > timeout_s:
                raise CommandFailed(f"{folder.name} still runs after {timeout_s:g} s")
            lines.show(f"{folder.name}: {awaited(snapshot) or snapshot.state.value}")
            time.sleep(_LOOK_S)
    finally:
        lines.close()


def check_process(folder: Path, process: str) -> RunSnapshot:
    """The run as planned. Raises UsageError with a guess when it has no such process."""
    snapshot = begin(read_manifest(folder))
    if process not in snapshot.processes:
        known = ", ".join(snapshot.processes)
        guess = did_you_mean(process, snapshot.processes)
        raise UsageError(f"{folder.name} has no process {process!r}{guess}; it has {known}")
    return snapshot


def _result_of(folder: Path) -> Result | None:
    return snapshot_of(folder).result


def _report(result: Result, as_json: bool) -> None:
    if as_json:
        print_result(result)
    for line in summary_lines(result):
        print(line, file=sys.stderr)


def _who() -> str:
    return os.environ.get("USER") or f"uid {os.getuid()}"
