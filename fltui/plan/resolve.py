"""Recipe + params + inputs + site -> launch plan. Decides everything that can be known before a start.

Ports stay late names until they are bound (`fltui.plan.ports`), secrets until a child is spawned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fltui.facts import plan as facts
from fltui.plan.files import file_paths, render
from fltui.plan.processes import MOST_REPLICAS, Crowd, children, environment_of
from fltui.plan.scope import Place, Scope
from fltui.plan.site import Site
from fltui.recipe.find import short_name
from fltui.recipe.inputs import questions
from fltui.recipe.recipe_model import Line, Recipe


def resolve(
    recipe: Recipe,
    params: Mapping[str, Any],
    inputs: Mapping[str, str],
    site: Site,
    *,
    answers: Mapping[str, str] | None = None,
    step_mode: bool = False,
    deadline_s: float | None = None,
    stall_s: float | None = None,
) -> facts.LaunchPlan:
    """The plan of one run. `params`, `inputs`, `answers`: see `fltui.recipe.inputs.Values`.

    Reads templates beside the recipe and nothing else. Raises RecipeError.
    """
    scope = Scope(recipe, site, params, inputs)
    ports = _ports(scope)
    counts = {name: count for name, (count, _) in ports.items()}
    scope = Scope(recipe, site, params, inputs, counts)
    file_counts = {
        name: scope.whole(file.replicas, ("files", name, "replicas"), 0, MOST_REPLICAS)
        for name, file in recipe.files.items()
        if file.replicas is not None
    }
    scope = Scope(recipe, site, params, inputs, counts, file_paths(scope, file_counts))
    crowd = _crowd(scope)
    processes = tuple(
        child for name in crowd for child in children(name, recipe.processes[name], crowd, scope)
    )
    used = dict.fromkeys(child.environment for child in processes if child.environment is not None)
    return facts.LaunchPlan(
        recipe=short_name(recipe.file),
        title=recipe.title,
        framework=recipe.framework,
        task=recipe.task,
        run=site.run,
        folder=site.folder,
        params=dict(params),
        processes=processes,
        ports=tuple(port for _, group in ports.values() for port in group),
        files=render(scope),
        environments=tuple(site.environments[name] for name in used),
        secrets=_secrets(recipe),
        answers=dict(answers or {}),
        success=_success(scope),
        watch=_watch(scope, crowd, deadline_s, stall_s),
        step_mode=step_mode,
    )


def environments_needed(
    recipe: Recipe, params: Mapping[str, Any], inputs: Mapping[str, str]
) -> tuple[str, ...]:
    """The names of the environments that the run's processes use, to be built before it is planned."""
    scope = Scope(recipe, Site("", "/", "/", "/"), params, inputs)
    found: dict[str, None] = {}
    for name, process in recipe.processes.items():
        where: Place = ("processes", name)
        if scope.holds(process.when, (*where, "when")):
            environment = environment_of(process, scope, where)
            found |= {environment: None} if environment else {}
    return tuple(found)


def _crowd(scope: Scope) -> Crowd:
    """The children's names of every process that is part of this run, in the recipe's order."""
    found: dict[str, tuple[str, ...]] = {}
    for name, process in scope.recipe.processes.items():
        where: Place = ("processes", name)
        if not scope.holds(process.when, (*where, "when")):
            continue
        if process.replicas is None:
            found[name] = (name,)
            continue
        count = scope.whole(process.replicas, (*where, "replicas"), 0, MOST_REPLICAS)
        if count:
            found[name] = tuple(f"{name}-{number}" for number in range(1, count + 1))
    if not found:
        raise scope.problem(("processes",), "no process is left: every `when` is false or has no replicas")
    return found


def _ports(scope: Scope) -> dict[str, tuple[int | None, list[facts.Port]]]:
    """Each port wish with its count of replicas (None: one port) and its ports."""
    found: dict[str, tuple[int | None, list[facts.Port]]] = {}
    taken: dict[int, str] = {}
    for name, wish in scope.recipe.ports.items():
        where: Place = ("ports", name)
        number: Any = wish.number
        if isinstance(number, str) and number != "auto":
            number = scope.text(number, (*where, "number"))
            number = (
                number if number == "auto" else scope.whole(_digits(number), (*where, "number"), 1, 65535)
            )
        count = None
        if wish.replicas is not None:
            count = scope.whole(wish.replicas, (*where, "replicas"), 0, MOST_REPLICAS)
        names = [name] if count is None else [f"{name}-{index}" for index in range(1, count + 1)]
        group: list[facts.Port] = []
        for index, port in enumerate(names):
            fixed = None if number == "auto" else int(number) + index
            if fixed is not None and (fixed > 65535 or fixed in taken):
                why = f"{taken[fixed]} has it" if fixed in taken else "there is none"
                raise scope.problem((*where, "number"), f"{port} would be port {fixed}, but {why}")
            if fixed is not None:
                taken[fixed] = port
            group.append(facts.Port(port, fixed, fixed is not None))
        found[name] = (count, group)
    return found


def _digits(text: str) -> int | str:
    return int(text) if text.isdigit() and len(text) < 9 else text


def _secrets(recipe: Recipe) -> tuple[str, ...]:
    inputs = [name for name, wish in recipe.inputs.items() if wish.secret]
    return (*inputs, *(name for name, ask in questions(recipe).items() if ask.secret))


def _success(scope: Scope) -> facts.Success:
    recipe = scope.recipe
    planned, least = recipe.rounds.planned, recipe.success.at_least
    return facts.Success(
        rounds=None if planned is None else scope.whole(planned, ("rounds", "planned"), 0),
        metric=recipe.success.metric,
        at_least=None if least is None else scope.number(least, ("success", "at_least")),
    )


def _watch(scope: Scope, crowd: Crowd, deadline_s: float | None, stall_s: float | None) -> facts.Watch:
    recipe = scope.recipe

    def rule(line: Line | None, *where: str | int) -> facts.LineRule | None:
        if line is None or line.process not in crowd:
            return None
        return facts.LineRule(line.process, scope.pattern(line.line, (*where, "line")))

    progress = (rule(line, "progress", index) for index, line in enumerate(recipe.progress))
    planned = recipe.clients.planned
    return facts.Watch(
        round_started=rule(recipe.rounds.started, "rounds", "started"),
        round_done=rule(recipe.rounds.done, "rounds", "done"),
        clients=rule(recipe.clients.connected, "clients", "connected"),
        clients_planned=None if planned is None else scope.whole(planned, ("clients", "planned"), 0),
        notes=tuple(
            facts.NoteRule(
                note.process,
                scope.pattern(note.line, ("notes", index, "line")),
                note.say,
                note.level,
                note.title,
            )
            for index, note in enumerate(recipe.notes)
            if note.process in crowd
        ),
        progress=tuple(found for found in progress if found is not None),
        stall_s=scope.duration(recipe.stall.after, ("stall", "after")) if stall_s is None else stall_s,
        stalled_say=recipe.stall.say,
        deadline_s=scope.duration(recipe.deadline, ("deadline",)) if deadline_s is None else deadline_s,
    )
