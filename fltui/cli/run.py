"""`fltui --run RECIPE`: one federation, headless, from its recipe to its verdict.

stdout holds data only: the result with `--json`, the run's name with `--detach`. Progress, questions
and the summary go to stderr.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from dataclasses import replace
from pathlib import Path

from fltui.cli.adopted import refuse_detach_as_init
from fltui.cli.errors import Failure, UsageError, complain, failure_of, hand_out, print_result, result_of
from fltui.cli.follow import Follow
from fltui.cli.interrupts import Interrupts
from fltui.cli.junit import try_junit, unwritten, write_junit
from fltui.cli.person import Person, somebody_is_there
from fltui.cli.prepare import RunOptions, Stage, prepare
from fltui.cli.runs import tell_meanwhile
from fltui.cli.shared_loopback import loopback_note, others_logged_in
from fltui.cli.stderr_lines import StderrLines
from fltui.cli.summary import summary_lines
from fltui.control.client import RunGone, Supervisor
from fltui.control.start import Engine, WarmEngine
from fltui.control.unstarted import record_unstarted
from fltui.facts.launch import Launch
from fltui.facts.site import runs_folder
from fltui.facts.verdict import Result, Verdict
from fltui.record.writer import RunExistsError

_ENGINE_ENDS_S = 10.0


def run_recipe(options: RunOptions, warm: WarmEngine) -> int:
    """Runs it in the engine `warm` and returns the exit code. Every outcome but a fault of fltui itself is reported here.

    Raises UsageError for a report that could not be written.
    """
    if options.junit is not None:
        try_junit(options.junit)
    interrupts = Interrupts()
    lines = StderrLines.on_stderr()
    stage = Stage(options.recipe)
    try:
        result = _run(options, warm, interrupts, lines, stage)
    except BaseException as error:  # noqa: BLE001 - said as a sentence, or with its traceback
        lines.close()
        failure = failure_of(error)
        result = _before_the_start(
            failure or Failure(Verdict.FAILED, 1, f"a fault in fltui: {type(error).__name__}: {error}"), stage
        )
        complain(result.reason)
        if failure is None:
            traceback.print_exc()
    else:
        if isinstance(result, Launch):
            return _print_name(result, options)
        for line in summary_lines(result):
            lines.say(line)
    return _hand_over(result, options)


def _run(
    options: RunOptions, warm: WarmEngine, interrupts: Interrupts, lines: StderrLines, stage: Stage
) -> Result | Launch:
    """The result; the launch when the run was detached."""
    person = somebody_is_there() and not options.detach
    if options.step and not person and not options.attended:
        raise UsageError("--step needs somebody at a terminal who confirms each step")
    if options.detach:
        refuse_detach_as_init()
        if options.junit:
            raise UsageError("--junit needs the verdict, which --detach does not wait for")
    launch, locks = prepare(options, lines, person, stage)
    interrupts.remember_only()
    try:
        engine = warm.start(launch, locks)
    finally:
        for lock in locks:
            os.close(lock)
    _make_findable(launch, lines)
    if options.detach:
        return launch
    return _foreground(launch, engine, person, interrupts, lines)


def _foreground(
    launch: Launch, engine: Engine, person: bool, interrupts: Interrupts, lines: StderrLines
) -> Result:
    """Owns the run: it ends when this process does, whatever the reason."""
    folder = Path(launch.plan.folder)
    supervisor: Supervisor | None = None
    try:
        supervisor = Supervisor.connect(folder)
        supervisor.own()
    except RunGone:
        supervisor = None  # it is over already; its record says how
    note = loopback_note(others_logged_in()) if launch.plan.ports else None
    if note:
        lines.say(note, "quiet")
    tell_meanwhile(lines.say, besides=launch.plan.run)
    follow = Follow(folder, lines, interrupts)
    asked = Person(lines, supervisor, launch.plan) if person and supervisor is not None else None
    result = follow.to_the_end(supervisor, engine, asked)
    if supervisor is not None:
        supervisor.close()
    engine.wait(_ENGINE_ENDS_S)
    return result


def _make_findable(launch: Launch, lines: StderrLines) -> None:
    """A run of `--run-dir` gets a link among the others, so that `ps`, `logs` and `stop` know its name."""
    folder, link = Path(launch.plan.folder), runs_folder() / launch.plan.run
    if folder == link:
        return
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder, target_is_directory=True)
    except OSError as error:
        lines.say(f"only its folder will find this run: {link} cannot be made: {error.strerror}", "wait")


def _print_name(launch: Launch, options: RunOptions) -> int:
    """Tells which run was detached; returns the exit code."""
    plan = launch.plan
    known = {"schema": 1, "recipe": plan.recipe, "run": plan.run, "folder": plan.folder, "detached": True}
    return hand_out(json.dumps(known) if options.as_json else plan.run)


def _before_the_start(failure: Failure, stage: Stage) -> Result:
    """The result of a run without an engine, recorded if it had got a name by then."""
    result = result_of(failure, stage.recipe, stage.run, stage.folder, time.time() - stage.began)
    if stage.folder:
        try:
            record_unstarted(Path(stage.folder), stage.manifest, result)
        except (OSError, RunExistsError) as error:
            why = getattr(error, "strerror", None) or str(error)
            if why not in failure.sentence:  # else it is why the run did not begin
                complain(f"the run could not be recorded: {why}")
    return result


def _hand_over(result: Result, options: RunOptions) -> int:
    """The result as data, where it was asked for; returns the exit code, which that data says as well."""
    if options.junit is not None:
        try:
            write_junit(options.junit, result)
        except OSError as error:
            lost = unwritten(options.junit, error)
            complain(lost)
            result = replace(result, exit_code=result.exit_code or 1, reason=f"{result.reason}; {lost}")
    return print_result(result) if options.as_json else result.exit_code
