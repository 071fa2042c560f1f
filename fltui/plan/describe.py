"""A plan as text for people: what will be started, in which surroundings, and what is awaited."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from fltui.facts.late import late_names
from fltui.facts.plan import Check, Gpu, LaunchPlan, LineRule, MetricRule, Process, Step
from fltui.recipe.durations import duration_text
from fltui.recipe.expressions import written

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SAFE = re.compile(r"(?:[\w@%+=:,./-]|\$\{\{ [\w.-]+ \}\})+", re.ASCII)


def describe(plan: LaunchPlan) -> str:
    """`plan` as lines of text, ended by a newline. Nothing in it acts on a terminal."""
    common = _common_env(plan.processes)
    lines = [
        f"{plan.recipe}: {plan.title}",
        f"framework {plan.framework}, task {plan.task}",
        *_params(plan),
        f"run {plan.run} in {plan.folder}",
        *_ports(plan),
        *(f"gpu {gpu.label}: {gpu.name}{_memory(gpu)}, {gpu.uuid}" for gpu in plan.gpus),
        *(
            f"environment {env.name}: {env.folder} (lock {env.lock[:12] or 'unknown'})"
            for env in plan.environments
        ),
        *_files(plan),
        *(["every process has", *_env_lines(common)] if common else []),
    ]
    for process in plan.processes:
        lines += ["", *_process(process, common)]
    lines += ["", *_end(plan)]
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", "\n".join(lines)) + "\n"


def command_text(argv: Sequence[str]) -> str:
    """`argv` as one would type it in a shell; late names stay readable."""
    return " ".join(_quoted(word) for word in argv)


def _quoted(word: str) -> str:
    if _SAFE.fullmatch(word):
        return word
    if "'" in word and not set(word) & set('"$`\\!'):
        return f'"{word}"'  # easier to read than what shlex makes of it
    return shlex.quote(word)


def _params(plan: LaunchPlan) -> list[str]:
    if not plan.params:
        return []
    return [
        "params " + " ".join(f"{name}={shlex.quote(written(value))}" for name, value in plan.params.items())
    ]


def _ports(plan: LaunchPlan) -> list[str]:
    def one(name: str, number: int | None, fixed: bool) -> str:
        return f"{name} {number if number is not None else 'to be allocated'}{' (fixed)' if fixed else ''}"

    if not plan.ports:
        return []
    return ["ports " + ", ".join(one(port.name, port.number, port.fixed) for port in plan.ports)]


def _memory(gpu: Gpu) -> str:
    if gpu.free_mb is None or gpu.total_mb is None:
        return ""
    return f" ({gpu.free_mb / 1000:.1f} of {gpu.total_mb / 1000:.1f} GB free)"


def _files(plan: LaunchPlan) -> list[str]:
    found: list[str] = []
    for file in plan.files:
        if file.secret:
            found.append(f"file {file.path} (secret; removed at the end)")
        else:
            found += [f"file {file.path}", *(f"    | {line}" for line in file.text.splitlines())]
    return found


def _common_env(processes: Sequence[Process]) -> dict[str, str]:
    if len(processes) < 2:
        return {}
    first, *rest = processes
    return {
        key: value
        for key, value in first.env.items()
        if all(process.env.get(key) == value for process in rest)
    }


def _env_lines(env: Mapping[str, str]) -> list[str]:
    return [
        f"    {key}={shlex.quote(value) if value and not late_names(value, 'ports') else value}"
        for key, value in sorted(env.items())
    ]


def _process(process: Process, common: Mapping[str, str]) -> Iterator[str]:
    where = f", environment {process.environment}" if process.environment else ""
    yield f"{process.name} ({process.role}{where})"
    yield f"    $ {command_text(process.argv)}"
    yield f"    in {process.cwd}"
    own = {key: value for key, value in process.env.items() if key not in common}
    yield from _env_lines(own)
    if process.needs:
        yield "    after " + ", ".join(f"{need.process} {need.condition}" for need in process.needs)
    if process.ready is not None:
        checks = " and ".join(_check(check) for check in process.ready.checks)
        yield f"    ready, within {duration_text(process.ready.timeout_s)}, by {checks}"
    for number, step in enumerate(process.steps, start=1):
        yield f"    step {number}, {step.name}: {_step(step)}"
        if step.why:
            yield f"        {step.why}"
    for rule in process.metrics:
        yield f"    metrics from {_metric(rule)}"
    codes = ", ".join(str(code) for code in process.exit_codes)
    ends = "serves until the run ends" if process.ends == "serves" else f"completes with exit code {codes}"
    failure = "" if process.on_failure == "fail" else "; the run goes on without it"
    again = f"; started again at most {process.restart.most} times" if process.restart.most else ""
    yield f"    {ends}{failure}{again}"
    polite = f"{process.stop.send!r} typed, then " if process.stop.send else ""
    polite = f"{command_text(process.stop.run)}, then " if process.stop.run else polite
    if polite:
        yield f"    stopped by {polite}signals"
    if process.on_gpus:
        yield "    on " + ", ".join(f"gpu {label}" for label in process.on_gpus)
    elif process.gpus not in ("none", "auto"):
        yield f"    gpus {process.gpus}"


def _check(check: Check) -> str:
    if check.kind == "log":
        times = f" {check.count} times" if check.count > 1 else ""
        whose = f" in the log of {check.process}" if check.process else " in its log"
        return f"/{check.line}/{times}{whose}"
    if check.kind == "port":
        return f"port {check.port}"
    if check.kind == "http":
        return f"{check.url} answering {check.status}"
    if check.kind == "command":
        return f"`{command_text(check.argv)}`"
    return f"the file {check.path}"


def _step(step: Step) -> str:
    until = f", until /{step.until}/" if step.until else ""
    mode = "" if step.mode == "auto" else f" ({step.mode})"
    limit = f", within {duration_text(step.timeout_s)}"
    if step.kind == "wait":
        times = f" {step.count} times" if step.count > 1 else ""
        whose = f" in the log of {step.process}" if step.process else ""
        return f"waits for /{step.line}/{times}{whose}{limit}"
    if step.kind == "send":
        return f"types {step.text!r}{mode}{until}{limit if until else ''}"
    if step.kind == "run":
        return f"runs `{command_text(step.argv)}`{mode}{limit}"
    headless = f"; without a person: {step.headless!r}" if step.headless is not None else ""
    return f"asks {step.question!r}{headless}{until}"


def _metric(rule: MetricRule) -> str:
    if rule.kind == "json":
        return "JSON lines"
    what = f"lines /{rule.line}/" if rule.kind == "line" else f"the file {rule.path}"
    return f"{what} ({rule.scope})"


def _end(plan: LaunchPlan) -> list[str]:
    wanted: list[str] = []
    if plan.success.rounds is not None:
        wanted.append(f"{plan.success.rounds} rounds")
    if plan.success.metric is not None:
        least = f" of at least {plan.success.at_least:g}" if plan.success.at_least is not None else ""
        wanted.append(f"a global {plan.success.metric}{least}")
    watch = plan.watch
    found = [f"ok needs {' and '.join(wanted)}"] if wanted else []
    rules: list[tuple[str, LineRule | None]] = [
        ("a round starts with", watch.round_started),
        ("a round is done with", watch.round_done),
        ("clients are seen by", watch.clients),
    ]
    found += [f"{what} /{rule.line}/ of {rule.process}" for what, rule in rules if rule is not None]
    found.append(
        f"stalled after {duration_text(watch.stall_s)} of silence, ended after twice that by --run; ends after {duration_text(watch.deadline_s)}"
    )
    return found
