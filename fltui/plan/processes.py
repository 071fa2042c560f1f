"""One process of a recipe as the children it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fltui.facts import plan as facts
from fltui.facts.late import late_name
from fltui.plan.child_env import child_env
from fltui.plan.scope import Place, Scope
from fltui.recipe import process_model as model
from fltui.recipe.check_processes import MOST_SEND_BYTES
from fltui.recipe.gpu_words import GPU_WORDS, gpu_wish, is_gpu_wish
from fltui.recipe.inputs import step_name

MOST_REPLICAS = 1000
_TRAINING = ("client", "driver")
Crowd = Mapping[str, tuple[str, ...]]


def children(name: str, process: model.Process, crowd: Crowd, scope: Scope) -> list[facts.Process]:
    """The children of the process `name`, one a replica.

    `crowd`: the names of the children of each process that is part of this run.
    """
    if process.replicas is None:
        return [_child(name, name, process, crowd, scope)]
    return [
        _child(child, name, process, crowd, scope.for_replica(index))
        for index, child in enumerate(crowd[name], start=1)
    ]


def environment_of(process: model.Process, scope: Scope, where: Place) -> str | None:
    """The name of a process's environment; None: the caller's own programs."""
    if "environment" in process.model_fields_set:
        return scope.optional(process.environment, (*where, "environment")) or None
    return scope.optional(scope.recipe.environment, ("environment",)) or None


def _child(name: str, group: str, process: model.Process, crowd: Crowd, scope: Scope) -> facts.Process:
    where: Place = ("processes", group)
    environment = environment_of(process, scope, where)
    if environment is not None and environment not in scope.site.environments:
        raise scope.problem((*where, "environment"), f"there is no environment {environment}")
    own = {
        **{key: scope.text(text, ("env", key)) for key, text in scope.recipe.env.items()},
        **{key: scope.text(text, (*where, "env", key)) for key, text in process.env.items()},
    }
    if process.shell is not None:
        argv: tuple[str, ...] = ("/bin/sh", "-c", scope.text(process.shell, (*where, "shell")))
    else:
        argv = scope.argv(process.argv, (*where, "argv"))
        if not argv or not argv[0]:
            raise scope.problem((*where, "argv"), "argv names no program here")
    folder = _folder(process, scope, where)
    return facts.Process(
        name=name,
        group=group,
        role=process.role,
        argv=argv,
        cwd=folder,
        env=child_env(scope.site, scope.site.environments.get(environment or ""), own),
        environment=environment,
        replica=scope.replica if process.replicas is not None else None,
        stdin=process.stdin,
        columns=scope.whole(process.columns, (*where, "columns"), 20, 1000),
        rows=scope.whole(process.rows, (*where, "rows"), 5, 1000),
        needs=tuple(
            facts.Need(child, condition)
            for other, condition in process.needs.items()
            for child in crowd.get(other, ())
        ),
        ready=_readiness(process.ready, crowd, folder, scope, (*where, "ready")),
        steps=_steps(process, crowd, scope, (*where, "steps")),
        metrics=tuple(
            _metric(rule, folder, scope, (*where, "metrics", index))
            for index, rule in enumerate(process.metrics)
        ),
        ends=process.ends,
        exit_codes=tuple(
            scope.whole(code, (*where, "exit_codes", index), 0, 255)
            for index, code in enumerate(process.exit_codes)
        ),
        on_failure=process.on_failure,
        restart=facts.Restart(
            scope.whole(process.restart.most, (*where, "restart", "most")),
            scope.duration(process.restart.backoff, (*where, "restart", "backoff")),
        ),
        stop=_stop(process.stop, scope, (*where, "stop")),
        line_parts=None
        if process.line_parts is None
        else scope.pattern(process.line_parts, (*where, "line_parts")),
        commands=tuple(
            scope.text(command, (*where, "commands", index)) for index, command in enumerate(process.commands)
        ),
        gpus=_gpus(process, scope, (*where, "gpus")),
        host=scope.text(process.host, (*where, "host")),
    )


def _gpus(process: model.Process, scope: Scope, where: Place) -> str:
    """What it asks for. Where the recipe says nothing, clients and drivers train: they go where its
    `device` param says, if it has one, and others do not."""
    if process.gpus is not None:
        text = scope.text(process.gpus, where)
        if not is_gpu_wish(text):
            raise scope.problem(where, f"gpus is {GPU_WORDS}; not {text!r}")
        return gpu_wish(text)
    if process.role not in _TRAINING:
        return "none"
    device = str(scope.params.get("device", "auto"))
    return gpu_wish(device) if is_gpu_wish(device) else "auto"


def _folder(process: model.Process, scope: Scope, where: Place) -> str:
    if process.cwd is None:
        return str(scope.recipe.folder)
    return str(scope.recipe.folder / scope.text(process.cwd, (*where, "cwd")))


def _below(folder: str, path: str) -> str:
    """A path of a process, which is relative to its folder, as the engine can open it."""
    return str(Path(folder) / path)


def _readiness(
    ready: model.Ready | None, crowd: Crowd, folder: str, scope: Scope, where: Place
) -> facts.Readiness | None:
    if ready is None:
        return None
    checks: list[facts.Check] = []
    for index, check in enumerate(ready.checks):
        place = (*where, "checks", index)
        left_out = (
            isinstance(check, model.LogCheck) and check.process is not None and check.process not in crowd
        )
        if not left_out and scope.holds(check.when, (*place, "when")):
            checks.append(_check(check, crowd, folder, scope, place))
    return (
        facts.Readiness(tuple(checks), scope.duration(ready.timeout, (*where, "timeout"))) if checks else None
    )


def _check(check: model.Check, crowd: Crowd, folder: str, scope: Scope, where: Place) -> facts.Check:
    if isinstance(check, model.LogCheck):
        return facts.Check(
            "log",
            line=scope.pattern(check.log, (*where, "log")),
            process=check.process,
            count=_count(check.count, check.process, crowd, scope, where),
        )
    if isinstance(check, model.PortCheck):
        return facts.Check("port", port=_port(check.port, scope, (*where, "port")))
    if isinstance(check, model.HttpCheck):
        status = scope.whole(check.status, (*where, "status"), 100, 599)
        return facts.Check("http", url=scope.text(check.http, (*where, "http")), status=status)
    if isinstance(check, model.CommandCheck):
        return facts.Check("command", argv=scope.argv(check.command, (*where, "command")))
    return facts.Check("file", path=_below(folder, scope.text(check.file, (*where, "file"))))


def _count(count: int | str, process: str | None, crowd: Crowd, scope: Scope, where: Place) -> int:
    """How often a line is awaited; of a process with replicas, from how many of them."""
    number = scope.whole(count, (*where, "count"), 1)
    if process is not None and scope.recipe.processes[process].replicas is not None:
        replicas = len(crowd[process])
        if number > replicas:
            raise scope.problem(
                (*where, "count"),
                f"each replica of {process} counts once and there are {replicas}, so {number} is never reached",
            )
    return number


def _port(port: str, scope: Scope, where: Place) -> int | str:
    """A port's name, number or expression: its number, or the late name that stands for it."""
    if port in scope.ports:
        port = f"${{{{ ports.{port} }}}}"
    text = scope.text(port, where)
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    if text.startswith(late_name("ports", "")[:-3]):
        return text
    raise scope.problem(where, f"{port} is neither a name under ports nor a port number")


def _steps(process: model.Process, crowd: Crowd, scope: Scope, where: Place) -> tuple[facts.Step, ...]:
    found: list[facts.Step] = []
    for index, step in enumerate(process.steps):
        left_out = isinstance(step, model.WaitStep) and step.process is not None and step.process not in crowd
        if not left_out and scope.holds(step.when, (*where, index, "when")):
            found.append(_step(step, index, crowd, scope, (*where, index)))
    return tuple(found)


def _step(step: model.Step, index: int, crowd: Crowd, scope: Scope, where: Place) -> facts.Step:
    name = step_name(step, index)
    timeout_s = scope.duration(step.timeout, (*where, "timeout"))
    if isinstance(step, model.WaitStep):
        return facts.Step(
            "wait",
            name,
            step.why,
            timeout_s=timeout_s,
            line=scope.pattern(step.wait, (*where, "wait")),
            process=step.process,
            count=_count(step.count, step.process, crowd, scope, where),
        )
    if isinstance(step, model.RunStep):
        return facts.Step(
            "run", name, step.why, step.mode, timeout_s, argv=scope.argv(step.run, (*where, "run"))
        )
    until = None if step.until is None else scope.pattern(step.until, (*where, "until"))
    if isinstance(step, model.SendStep):
        text = scope.text(step.send, (*where, "send"))
        if len(text.encode()) > MOST_SEND_BYTES or "\n" in text:
            raise scope.problem(
                (*where, "send"), f"a line to a terminal has at most {MOST_SEND_BYTES:,} bytes"
            )
        return facts.Step("send", name, step.why, step.mode, timeout_s, text=text, until=until)
    return facts.Step(
        "ask",
        name,
        step.why,
        timeout_s=timeout_s,
        question=scope.text(step.ask, (*where, "ask")),
        headless=scope.optional(step.headless, (*where, "headless")),
        send_answer=step.send_answer,
        secret=step.secret,
        until=until,
    )


def _metric(rule: model.Metric, folder: str, scope: Scope, where: Place) -> facts.MetricRule:
    if isinstance(rule, model.LineMetric):
        return facts.MetricRule("line", rule.scope, line=scope.pattern(rule.line, (*where, "line")))
    if isinstance(rule, model.MetricFile):
        path = _below(folder, scope.text(rule.file, (*where, "file")))
        return facts.MetricRule("file", rule.scope, path=path)
    return facts.MetricRule("json", rule.scope)


def _stop(stop: model.Stop, scope: Scope, where: Place) -> facts.Stop:
    return facts.Stop(
        send=scope.optional(stop.send, (*where, "send")),
        run=scope.argv(stop.run, (*where, "run")),
        polite_s=scope.duration(stop.polite, (*where, "polite")),
        term_s=scope.duration(stop.term, (*where, "term")),
        group_s=scope.duration(stop.group, (*where, "group")),
        kill_s=scope.duration(stop.kill, (*where, "kill")),
    )
