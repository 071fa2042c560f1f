"""From the command line to a bound launch: recipe, values, environments, plan, ports."""

from __future__ import annotations

import os
import platform
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fltui import __version__
from fltui.cli.errors import UsageError
from fltui.cli.stderr_lines import StderrLines
from fltui.facts.launch import Launch
from fltui.facts.plan import Environment, LaunchPlan
from fltui.facts.site import cache_folder, runs_folder
from fltui.plan.gpu_placement import with_gpus
from fltui.plan.ports import reserve
from fltui.plan.resolve import environments_needed, resolve
from fltui.plan.site import Site
from fltui.probe.gpu_look import GpuLook
from fltui.recipe.durations import seconds
from fltui.recipe.find import find, recipes_root, short_name
from fltui.recipe.inputs import Missing, Values, read_answers, resolve_values
from fltui.recipe.load import load
from fltui.recipe.params import parse_sets
from fltui.recipe.recipe_model import Recipe
from fltui.record.runs import new_run_name


@dataclass(frozen=True)
class RunOptions:
    """What the command line says. `attended`: people watch the detached run and answer its steps. `recipe` as given; `deadline` and `stall` as text with a unit."""

    recipe: str
    recipes_dir: Path | None = None
    sets: tuple[str, ...] = ()
    answers: Path | None = None
    as_json: bool = False
    detach: bool = False
    step: bool = False
    attended: bool = False
    no_build: bool = False
    accept_licence: tuple[str, ...] = ()
    deadline: str | None = None
    stall: str | None = None
    run_dir: Path | None = None
    junit: Path | None = None


@dataclass
class Stage:
    """How far a run came before something went wrong, for the result that says so.

    `folder` is empty until the run has a name; from then on the run is worth a record.
    """

    recipe: str
    run: str = ""
    folder: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.time)


def read_values(
    recipe: Recipe,
    sets: tuple[str, ...],
    answers: Path | None,
    ask: Callable[[Missing], str] | None = None,
) -> Values:
    """All values of the run; `ask` is asked for inputs that nobody gave.

    Raises ValueProblem, RecipeError (for the answers file), UsageError when an input is missing.
    """
    given = parse_sets(sets)
    file = read_answers(answers) if answers is not None else {}
    values = resolve_values(recipe, given, file)
    if values.missing and ask is not None:
        typed = {item.name: ask(item) for item in values.missing}
        values = resolve_values(recipe, given, file, prompted=typed)
    if values.missing:
        first = values.missing[0]
        raise UsageError(f"{short_name(recipe.file)} needs {first.name} ({first.help}); give {first.how}")
    return values


def run_folder(run: str, run_dir: Path | None) -> Path:
    """Where the run will be recorded. Raises UsageError when `--run-dir` holds something already."""
    if run_dir is None:
        return runs_folder() / run
    folder = Path(os.path.abspath(run_dir))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--run-dir {run_dir} is not an empty folder; give a new one")
    return folder


def prepare(options: RunOptions, lines: StderrLines, person: bool, stage: Stage) -> tuple[Launch, list[int]]:
    """The bound launch and the file descriptors that hold its ports.

    Raises RecipeError, ValueProblem, UsageError for what the user can mend; what the environments
    and ports raise; TooFewGpus.
    """
    deadline_s = time_of(options.deadline, "--deadline")
    stall_s = time_of(options.stall, "--stall")
    look = GpuLook()  # meanwhile the driver answers, which takes some of them a second
    recipe = load(find(options.recipe, options.recipes_dir))
    stage.recipe = short_name(recipe.file)
    values = read_values(recipe, options.sets, options.answers, ask_input if person else None)
    names = environments_needed(recipe, values.params, values.inputs)
    if names:
        from fltui.cli.environments import require_known

        require_known(names, recipe)
    folder = run_folder(run := new_run_name(stage.recipe, stage.began), options.run_dir)
    lines.say(what_it_executes(recipe, stage.recipe, names))
    stage.run, stage.folder = run, str(folder)
    stage.manifest = manifest_of(recipe, run, stage.recipe, values)
    environments: Mapping[str, Environment] = {}
    if names:
        from fltui.cli.environments import ensure_environments

        environments = ensure_environments(
            names,
            recipes_root(recipe.file),
            values.params,
            lines,
            options.accept_licence,
            allow_build=not options.no_build,
            person=person,
        )
    site = site_for(recipe, run, folder, environments)
    plan = resolve(
        recipe,
        values.params,
        values.inputs,
        site,
        answers=values.answers,
        step_mode=options.step,
        deadline_s=deadline_s,
        stall_s=stall_s,
    )
    bound, locks = reserve(on_gpus(plan, look, lines.say))
    lines.say(f"run {run} in {folder}")
    launch = Launch(
        bound,
        secrets=values.secrets,
        manifest=stage.manifest,
        owned=not options.detach,
        headless=not (options.step or options.attended),
        person=person,
    )
    return launch, locks


def on_gpus(plan: LaunchPlan, look: GpuLook, warn: Callable[[str], None]) -> LaunchPlan:
    """`plan` with its processes placed on the GPUs; as it is, with a warning, when their driver gives no
    answer. Raises TooFewGpus."""
    seen = look.sample()
    if seen.state in ("ok", "none"):
        return with_gpus(plan, seen.gpus, os.environ)
    warn(f"{seen.reason}; no process is placed on a GPU, each sees those that you see")
    return plan


def ask_input(missing: Missing) -> str:
    """Asks the person at the terminal; a secret is not shown as it is typed."""
    import click

    return str(click.prompt(f"{missing.name} ({missing.help})", hide_input=missing.secret, err=True))


def site_for(recipe: Recipe, run: str, folder: Path, environments: Mapping[str, Environment]) -> Site:
    return Site(
        run=run,
        folder=str(folder),
        recipes=str(recipes_root(recipe.file)),
        cache=str(cache_folder()),
        environments=environments,
        path=os.environ.get("PATH", os.defpath),
        pythonpath=os.environ.get("PYTHONPATH", ""),
    )


def what_it_executes(recipe: Recipe, name: str, environments: tuple[str, ...]) -> str:
    """Naming a recipe is consent to run it; this line says what that means."""
    within = f" in {', '.join(environments)}" if environments else ""
    return f"{name} ({recipe.file}) executes {', '.join(recipe.processes)}{within}"


def manifest_of(recipe: Recipe, run: str, name: str, values: Values) -> dict[str, Any]:
    """What the run folder holds of the recipe and the machine, besides the plan."""
    return {
        "run": run,
        "recipe_name": name,
        "recipe_file": str(recipe.file),
        "recipe_text": recipe.text,
        "recipe_sha256": recipe.sha256,
        "guide": recipe.guide_text(),
        "params": dict(values.params),
        "versions": {"fltui": __version__, "python": platform.python_version(), "linux": platform.release()},
        "host": {"name": socket.gethostname(), "cpus": os.cpu_count(), "user": os.getuid()},
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def time_of(text: str | None, option: str) -> float | None:
    """The seconds that are given with `option`. Raises UsageError."""
    if text is None:
        return None
    try:
        value = seconds(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    if value <= 0:
        raise UsageError(f"{option}: it must be longer than no time")
    return value
