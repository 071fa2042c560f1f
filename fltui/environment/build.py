"""Builds an environment with uv: once, whole, or not at all.

A virtual environment cannot be moved, so it is built where it will stay, under a file lock, and
`built.json` is written last. Whatever interrupts the build removes it; what a SIGKILL left half-made
is never used, and removed by the next build and by `fltui env list`.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from fltui.environment import licence
from fltui.environment.build_lock import alone, alone_or_refuse, clear, sweep
from fltui.environment.catalogue import EnvironmentSpec
from fltui.environment.errors import EnvironmentProblem
from fltui.environment.interpreters import find_python, require_version
from fltui.environment.site_index import uv_environment
from fltui.environment.state import BUILT, Status, builds_folder, size_of, status
from fltui.environment.tethered import Tethered
from fltui.environment.torch_source import TorchSource, cpu_torch
from fltui.environment.uv import Uv, downloads
from fltui.environment.wheels import add_wheel, ensure_wheel


@dataclass(frozen=True)
class Step:
    """How far a build is: `done` of `total` `unit` where that is known; `detail`: what goes on now."""

    environment: str
    text: str
    done: int = 0
    total: int = 0
    unit: str = ""
    detail: str = ""


Progress = Callable[[Step], None]


def ensure(
    spec: EnvironmentSpec,
    layer: str | None,
    progress: Progress,
    accepted: Collection[str] = (),
    allow_build: bool = True,
    python: Path | None = None,
    wheel: Path | None = None,
) -> Status:
    """The environment, built if it is not there yet.

    Two who need it at the same time build it once. `progress` is called some five times a second; what
    it raises ends the build. `python`: the interpreter to use instead of the one that is found. `wheel`: a
    file of the user's that is on no index; it is kept in the cache once its licence is accepted.
    Raises EnvironmentProblem (LicenceNeeded, WheelMissing, Unreachable among them) with a sentence.
    """
    if wheel is not None:
        licence.require(spec, accepted)
        add_wheel(spec, wheel)
    found = status(spec, layer)
    if found.built:
        return found
    if not allow_build or spec.missing_lock(layer) is not None:
        raise not_built(spec, layer)
    licence.require(spec, accepted)
    if python is not None:
        require_version(python, spec)
    own = ensure_wheel(spec, lambda text: progress(Step(spec.name, text)))
    found.folder.parent.mkdir(parents=True, exist_ok=True)
    sweep()
    with alone(found.folder, lambda who: progress(Step(spec.name, f"{who} builds it; waiting"))) as lock:
        again = status(spec, layer)
        if again.built:
            return again
        clear(found.folder)  # nobody's, since the lock is ours
        _room(spec, layer, found.folder.parent)
        try:
            _build(spec, found, own, python, progress, lock)
        except BaseException:
            clear(found.folder)
            raise
    return status(spec, layer)


def check(spec: EnvironmentSpec, layer: str | None) -> str:
    """Runs the environment's check and returns what it prints. Raises EnvironmentProblem."""
    found = status(spec, layer)
    if not found.built:
        raise not_built(spec, layer)
    return _check(spec, found, lambda: None)


def remove(folder: Path) -> None:
    """Removes one build from the cache, never from a site folder. Raises EnvironmentProblem."""
    if folder.parent != builds_folder():
        raise EnvironmentProblem(
            f"{folder} belongs to the site; only builds in {builds_folder()} can be removed"
        )
    with alone_or_refuse(folder):
        clear(folder)


def not_built(spec: EnvironmentSpec, layer: str | None) -> EnvironmentProblem:
    missing = spec.missing_lock(layer)
    if missing is not None:
        return EnvironmentProblem(
            f"environment {spec.name} is not built and cannot be: its lock file {missing} is missing"
        )
    return EnvironmentProblem(f"environment {spec.name} is not built; build it: fltui env create {spec.name}")


def _build(
    spec: EnvironmentSpec,
    found: Status,
    wheel: Path | None,
    python: Path | None,
    progress: Progress,
    lock: int,
) -> None:
    began = time.time()
    uv = Uv(uv_environment(os.environ, wheel.parent if wheel else None), spec.name, lock)
    chosen = _make_venv(spec, found, python, progress, uv)
    locks = spec.locks(found.layer)
    source = cpu_torch(locks, found.python, uv.run) if found.layer == "cpu" else TorchSource(tuple(locks))
    layer = source.layer or found.layer
    if source.note:
        progress(Step(spec.name, source.note))
        _room(spec, layer, found.folder.parent)  # it is larger than the one looked at before
    total = sum(_pins(path) for path in source.locks)
    packages = found.folder / "lib" / f"python{spec.python}" / "site-packages"

    def watch(said: str, written: int) -> None:
        if installed := len(list(packages.glob("*.dist-info"))):
            progress(Step(spec.name, "packages", installed, total))
        else:
            whole, now = round(spec.room(layer) / 1e6), ", ".join(downloads(said))
            progress(Step(spec.name, "downloading", min(written // 1_000_000, whole), whole, "MB", now))

    command = ["pip", "sync", "--python", str(found.python), *source.arguments, *map(str, source.locks)]
    uv.run(command, watch)
    said = _check(spec, found, lambda: progress(Step(spec.name, "check", total, total)))
    facts = {
        "name": spec.name,
        "layer": found.layer,
        "lock": found.lock,
        "locks": [path.name for path in source.locks],
        "python": chosen,
        "packages": total,
        "bytes": size_of(found.folder),
        "built": began,
        "seconds": round(time.time() - began, 1),
        "check": said.splitlines(),
    }
    part = found.folder / f"{BUILT}.part"
    part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    part.replace(found.folder / BUILT)


def _make_venv(spec: EnvironmentSpec, found: Status, python: Path | None, progress: Progress, uv: Uv) -> str:
    """The empty virtual environment; returns the interpreter it was made of."""
    chosen = str(python or find_python(spec.python) or "")
    how = "" if chosen else ", which is not on this machine: uv fetches it"
    progress(Step(spec.name, f"python {spec.python}{how}"))
    try:
        uv.run(["venv", "--python", chosen or spec.python, str(found.folder)])
    except EnvironmentProblem as problem:
        if chosen:
            raise
        raise type(problem)(
            f"environment {spec.name} needs Python {spec.python}, which is not on this machine; install it, or "
            f"name one: fltui env create {spec.name} --python PATH ({problem})"
        ) from None
    return chosen or str(found.python.resolve())


def _check(spec: EnvironmentSpec, found: Status, tick: Callable[[], None]) -> str:
    """Trains one step with each part. It also writes the bytecode of what is really imported: without
    it every process of a federation compiles everything anew (some 50 CPU s a start)."""
    script = spec.folder / "check.py"
    if not script.is_file():
        return "no check"
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environ["PATH"] = f"{found.folder / 'bin'}{os.pathsep}{environ.get('PATH', '')}"
    environ.pop("PYTHONPATH", None)
    environ.pop("PYTHONHOME", None)
    tick()
    with Tethered([str(found.python), str(script)], environ) as process:
        while not process.wait(1.0):
            tick()
    if process.exit_code != 0:
        last = " / ".join(process.output().strip().splitlines()[-3:])
        raise EnvironmentProblem(f"environment {spec.name} was built but its check fails: {last}")
    return process.output()


def _room(spec: EnvironmentSpec, layer: str | None, folder: Path) -> None:
    needed, free = spec.room(layer), shutil.disk_usage(folder).free
    if free < needed:
        raise EnvironmentProblem(
            f"environment {spec.name} needs about {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free"
        )


def _pins(path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum("==" in line and not line.startswith((" ", "#")) for line in lines)
