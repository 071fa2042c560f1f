"""Static check of what processes say of each other: needs, names, steps, readiness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fltui.recipe.check_values import check_numbered_processes
from fltui.recipe.errors import did_you_mean
from fltui.recipe.expressions import has_expression
from fltui.recipe.faults import Faults
from fltui.recipe.gpu_words import GPU_WORDS, is_gpu_wish
from fltui.recipe.inputs import step_name
from fltui.recipe.model_tree import Place
from fltui.recipe.process_model import AskStep, LogCheck, PortCheck, Process, SendStep, WaitStep
from fltui.recipe.recipe_model import Recipe

MOST_SEND_BYTES = 4000  # a terminal in line mode cuts what is longer


def check_processes(recipe: Recipe, faults: Faults) -> None:
    check_numbered_processes(recipe, faults)
    for path, name in _process_names(recipe):
        if name not in recipe.processes:
            known = did_you_mean(name, recipe.processes) or f"; there are {', '.join(recipe.processes)}"
            faults.value(path, f"there is no process {name}{known}")
    _check_needs(recipe, faults)
    for name, process in recipe.processes.items():
        _check_ports(recipe, name, process, faults)
        _check_steps(recipe, name, process, faults)
        _check_words(name, process, faults)
    _check_progress(recipe, faults)


def _process_names(recipe: Recipe) -> Iterator[tuple[Place, str]]:
    """Every place that names a process, except needs."""
    for name, process in recipe.processes.items():
        where: Place = ("processes", name)
        for index, check in enumerate(process.ready.checks if process.ready else ()):
            if isinstance(check, LogCheck) and check.process is not None:
                yield (*where, "ready", "checks", index, "process"), check.process
        for index, step in enumerate(process.steps):
            if isinstance(step, WaitStep) and step.process is not None:
                yield (*where, "steps", index, "process"), step.process
    for key in ("started", "done"):
        line = getattr(recipe.rounds, key)
        if line is not None:
            yield ("rounds", key, "process"), line.process
    if recipe.clients.connected is not None:
        yield ("clients", "connected", "process"), recipe.clients.connected.process
    for index, note in enumerate(recipe.notes):
        yield ("notes", index, "process"), note.process
    for index, line in enumerate(recipe.progress):
        yield ("progress", index, "process"), line.process


def _check_needs(recipe: Recipe, faults: Faults) -> None:
    for name, process in recipe.processes.items():
        for other, condition in process.needs.items():
            path: Place = ("processes", name, "needs", other)
            if other not in recipe.processes:
                known = did_you_mean(other, recipe.processes) or f"; there are {', '.join(recipe.processes)}"
                faults.key(path, f"there is no process {other}{known}")
            elif condition == "completed" and recipe.processes[other].ends == "serves":
                faults.value(path, f"{other} serves until the run ends: it never completes before")
    cycle = _cycle({name: process.needs for name, process in recipe.processes.items()})
    if cycle:
        path = ("processes", cycle[0], "needs", cycle[1])
        faults.key(path, f"these need each other, so none can start: {' -> '.join(cycle)}")


def _cycle(needs: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A circle of needs, its first name again at its end; empty without one."""
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        waiting: list[Iterator[str]] = [iter((start,))]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if trail:
                    done.add(trail.pop())
            elif name in trail:
                return [*trail[trail.index(name) :], name]
            elif name in needs and name not in done:
                trail.append(name)
                waiting.append(iter(needs[name]))
    return []


def _check_ports(recipe: Recipe, name: str, process: Process, faults: Faults) -> None:
    for index, check in enumerate(process.ready.checks if process.ready else ()):
        if not isinstance(check, PortCheck) or has_expression(check.port) or check.port.isdigit():
            continue
        path: Place = ("processes", name, "ready", "checks", index, "port")
        wish = recipe.ports.get(check.port)
        if wish is None:
            known = did_you_mean(check.port, recipe.ports) or "; it is a name under `ports` or a number"
            faults.value(path, f"there is no port {check.port}{known}")
        elif wish.replicas is not None and process.replicas is None:
            faults.value(path, f"there is one port {check.port} a replica, and {name} has no replicas")


def _check_steps(recipe: Recipe, name: str, process: Process, faults: Faults) -> None:
    seen: set[str] = set()
    for index, step in enumerate(process.steps):
        path: Place = ("processes", name, "steps", index)
        own = step_name(step, index)
        if own in seen:
            faults.value((*path, "name"), f"two steps of {name} are called {own}")
        seen.add(own)
        if isinstance(step, AskStep) and (own in recipe.params or own in recipe.inputs):
            faults.value(
                (*path, "name"), f"{own} is a param or an input already; --set {own}= would mean both"
            )
        typed = isinstance(step, SendStep) or (isinstance(step, AskStep) and step.send_answer)
        if typed and process.stdin == "null":
            faults.value(path, f"nothing can be typed into {name}: its stdin is null")
        if isinstance(step, SendStep):
            _check_line(step.send, (*path, "send"), faults)
    if process.stop.send is not None:
        _check_line(process.stop.send, ("processes", name, "stop", "send"), faults)
        if process.stdin == "null":
            faults.value(
                ("processes", name, "stop", "send"), f"nothing can be typed into {name}: its stdin is null"
            )


def _check_line(text: str, path: Place, faults: Faults) -> None:
    if len(text.encode()) > MOST_SEND_BYTES:
        faults.value(
            path, f"the line has {len(text.encode()):,} bytes; a terminal takes at most {MOST_SEND_BYTES:,}"
        )
    elif "\n" in text or "\r" in text:
        faults.value(path, "a step sends one line; write a step for each, or the text in quotes or after >-")


def _check_words(name: str, process: Process, faults: Faults) -> None:
    gpus, host = process.gpus, process.host
    if gpus is not None and not has_expression(gpus) and not is_gpu_wish(gpus):
        faults.value(("processes", name, "gpus"), f"gpus is {GPU_WORDS}; not {gpus!r}")
    if host != "here":
        faults.value(
            ("processes", name, "host"), f"a process runs here, on this machine; {host!r} is not possible yet"
        )


def _check_progress(recipe: Recipe, faults: Faults) -> None:
    """What success asks for must be able to come from somewhere."""
    measured = any(process.metrics for process in recipe.processes.values())
    if recipe.success.metric is not None and not measured:
        faults.value(("success", "metric"), "no process has `metrics`, so this one is never seen")
    if recipe.success.at_least is not None and recipe.success.metric is None:
        faults.value(("success", "at_least"), "at_least of which metric? name it: success: {metric: …}")
    if recipe.rounds.planned is not None and recipe.rounds.done is None and not measured:
        faults.value(
            ("rounds", "planned"),
            "nothing tells when a round is done: give rounds.done, or metrics to a process",
        )
