"""Builds what a run's processes need, before it is planned; says on stderr what takes so long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from fltui.cli.errors import Interrupted
from fltui.cli.stderr_lines import StderrLines
from fltui.environment.build import Step, ensure
from fltui.environment.catalogue import EnvironmentSpec, find
from fltui.environment.errors import LicenceNeeded
from fltui.environment.state import Status, status
from fltui.facts.plan import Environment

_NVIDIA = Path("/proc/driver/nvidia/version")


def ensure_environments(
    names: Iterable[str],
    recipes: Path,
    params: Mapping[str, Any],
    lines: StderrLines,
    accepted: Collection[str] = (),
    allow_build: bool = True,
    ask: Callable[[str], bool] | None = None,
) -> dict[str, Environment]:
    """The named environments of the recipes folder `recipes`, built if need be.

    `ask` puts a licence's sentence to a person; None: there is nobody. Raises EnvironmentProblem.
    """
    return {
        name: _environment(_ensure(find(name, recipes), params, lines, accepted, allow_build, ask))
        for name in names
    }


def planned_environments(
    names: Iterable[str], recipes: Path, params: Mapping[str, Any]
) -> dict[str, Environment]:
    """Where the named environments are, or would be built. Raises EnvironmentProblem."""
    specs = [find(name, recipes) for name in names]
    return {spec.name: _environment(status(spec, layer_for(spec, params))) for spec in specs}


def layer_for(spec: EnvironmentSpec, params: Mapping[str, Any]) -> str | None:
    """The layer that a run with these params uses here: the GPU's where there is a driver, unless
    the param `device` says cpu; of the two CUDA layers the one that `backend` names."""
    device = str(params.get("device", "auto"))
    cuda = device != "cpu" and _NVIDIA.exists()
    backend = params.get("backend")
    return spec.layer_for("cuda" if cuda else "cpu", backend if backend in ("torch", "keras") else None)


def _ensure(
    spec: EnvironmentSpec,
    params: Mapping[str, Any],
    lines: StderrLines,
    accepted: Collection[str],
    allow_build: bool,
    ask: Callable[[str], bool] | None,
) -> Status:
    layer = layer_for(spec, params)
    told = ""

    def progress(step: Step) -> None:
        nonlocal told
        count = f" {step.done} of {step.total}" if step.total and step.done < step.total else ""
        lines.show(f"environment {step.environment}: {step.text}{count}")
        if not lines.live and step.text != told:
            lines.say(f"environment {step.environment}: {step.text}")
        told = step.text

    try:
        found = ensure(spec, layer, progress, accepted, allow_build)
    except LicenceNeeded as needed:
        lines.close()
        if ask is None or not ask(needed.text):
            raise
        found = ensure(spec, layer, progress, [*accepted, spec.name], allow_build)
    except (KeyboardInterrupt, Interrupted):
        lines.close()
        raise
    if told:
        lines.say(f"environment {spec.name}: built in {found.folder}")
    return found


def _environment(found: Status) -> Environment:
    return Environment(found.name, str(found.folder), found.lock)
