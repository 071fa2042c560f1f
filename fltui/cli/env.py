"""`fltui env`: the frameworks' environments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from fltui.cli.environments import ensure_one
from fltui.cli.errors import CommandFailed
from fltui.cli.interrupts import Interrupts
from fltui.cli.listing import print_json, print_table
from fltui.cli.person import somebody_is_there
from fltui.cli.stderr_lines import StderrLines
from fltui.environment import build as building
from fltui.environment.build_lock import sweep
from fltui.environment.catalogue import EnvironmentSpec, find, names
from fltui.environment.device import accelerator
from fltui.environment.errors import EnvironmentProblem
from fltui.environment.state import (
    Status,
    old_builds,
    read_built,
    size_when_built,
    status,
    statuses,
    user_of,
)
from fltui.facts.site import shipped_recipes

_ACCELERATOR = click.option(
    "--accelerator",
    "accelerator_",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Which layer to use.",
)
_BACKEND = click.option(
    "--backend", type=click.Choice(["torch", "keras"]), help="The backend that gets CUDA."
)


@click.group()
def env() -> None:
    """List, build, check and remove the frameworks' environments."""


@env.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.pass_obj
def list_(recipes: Path | None, as_json: bool) -> None:
    """List the environments: built or not, how large, what is in them."""
    for folder in sweep():
        click.echo(f"removed {folder}, which a killed build left half-made", err=True)
    root = recipes or shipped_recipes()
    rows = [(spec, state) for name in names(root) for spec in [find(name, root)] for state in _shown(spec)]
    if as_json:
        print_json([_object(spec, state) for spec, state in rows])
        return
    titles = ("environment", "layer", "state", "size", "python", "what it is")
    table = [
        (
            spec.name,
            state.layer,
            "built" if state.built else "not built",
            _size(state),
            spec.python,
            spec.summary,
        )
        for spec, state in rows
    ]
    print_table(titles, table, f"no environments in {root}")


@env.command()
@click.argument("name")
@_ACCELERATOR
@_BACKEND
@click.option("--python", type=click.Path(path_type=Path), metavar="PATH", help="The interpreter to use.")
@click.option("--wheel", type=click.Path(path_type=Path), metavar="FILE", help="A wheel that is on no index.")
@click.option("--accept-licence", "accepted", metavar="NAME", multiple=True, help="Accept a licence.")
@click.option("--progress", is_flag=True, hidden=True, help="Each step as a JSON line on stderr.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
@click.pass_obj
def create(
    recipes: Path | None,
    name: str,
    accelerator_: str,
    backend: str | None,
    python: Path | None,
    wheel: Path | None,
    accepted: tuple[str, ...],
    progress: bool,
    as_json: bool,
) -> None:
    """Build an environment; one that is built already is left alone."""
    Interrupts()  # SIGTERM and SIGHUP too remove what was begun
    lines = StderrLines.on_stderr()
    with _problem_as_data(name, as_json):
        spec = find(name, recipes or shipped_recipes())
        layer = _layer(spec, accelerator_, backend)
        if progress:  # for a program that shows it; when that has gone, the build ends with it
            state = building.ensure(spec, layer, _print_step, accepted, python=python, wheel=wheel)
        else:
            state = ensure_one(
                spec, layer, lines, accepted, person=somebody_is_there(), python=python, wheel=wheel
            )
    lines.close()
    if as_json:
        print_json(_object(spec, state))
    else:
        click.echo(f"environment {name} is built in {state.folder}")


@env.command()
@click.argument("name")
@_ACCELERATOR
@_BACKEND
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
@click.pass_obj
def check(recipes: Path | None, name: str, accelerator_: str, backend: str | None, as_json: bool) -> None:
    """Run an environment's check: one training step with each part."""
    Interrupts()  # the check runs in a session of its own, which ends with ours
    with _problem_as_data(name, as_json):
        spec = find(name, recipes or shipped_recipes())
        layer = _layer(spec, accelerator_, backend)
        said = building.check(spec, layer)
    if as_json:
        print_json({"name": name, "layer": layer, "check": said.splitlines()})
    else:
        click.echo(said, nl=False)


@env.command()
@click.argument("name")
@click.option("--old", is_flag=True, help="Only builds from earlier locks.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of the folders on stdout.")
@click.pass_obj
def remove(recipes: Path | None, name: str, old: bool, as_json: bool) -> None:
    """Remove an environment's builds from the cache."""
    spec = find(name, recipes or shipped_recipes())
    current = {state.folder for state in statuses(spec)}
    folders = [*old_builds(name, current), *([] if old else [s.folder for s in statuses(spec) if s.built])]
    if not folders:
        raise CommandFailed(f"environment {name} has no build to remove")
    for folder in folders:
        if pid := user_of(folder):
            raise CommandFailed(f"{folder} is in use by pid {pid}; stop that run first (fltui ps)")
    for folder in folders:
        building.remove(folder)
        if not as_json:
            click.echo(f"removed {folder}")
    if as_json:
        print_json([str(folder) for folder in folders])


@contextmanager
def _problem_as_data(name: str, as_json: bool) -> Iterator[None]:
    """With `--json` the object on stdout says what is wrong; the sentence and the exit code come besides."""
    try:
        yield
    except EnvironmentProblem as error:
        if as_json:
            print_json({"name": name, "problem": str(error)})
        raise


def _print_step(step: building.Step) -> None:
    click.echo(json.dumps(asdict(step)), err=True)


def _shown(spec: EnvironmentSpec) -> list[Status]:
    """The builds that are there; else what this machine would build."""
    built = [state for state in statuses(spec) if state.built]
    return built or [status(spec, spec.layer_for(accelerator(), None))]


def _layer(spec: EnvironmentSpec, choice: str, backend: str | None) -> str | None:
    """The layer asked for. CUDA by name is meant: raises EnvironmentProblem where there is none."""
    layer = spec.layer_for(accelerator(choice), backend)
    if choice == "cuda" and layer in ("cpu", None):
        what = f" for {backend}" if backend else ""
        raise EnvironmentProblem(
            f"environment {spec.name} has no layer for CUDA{what}; leave --accelerator out"
        )
    return layer


def _size(state: Status) -> str | None:
    return f"{size_when_built(state.folder) / 1e9:.2f} GB" if state.built else None


def _object(spec: EnvironmentSpec, state: Status) -> dict[str, object]:
    return {
        "name": spec.name,
        "summary": spec.summary,
        "python": spec.python,
        "layer": state.layer,
        "built": state.built,
        "folder": str(state.folder),
        "lock": state.lock,
        "bytes": size_when_built(state.folder) if state.built else None,
        "licence": spec.licence,
        "build": read_built(state.folder) if state.built else None,
    }
