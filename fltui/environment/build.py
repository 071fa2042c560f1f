"""Builds an environment with uv: once, whole, or not at all.

A virtual environment cannot be moved, so it is built where it will stay, under a file lock, and
`built.json` is written last. Whatever interrupts the build removes it; what a SIGKILL left half-made
is never used and removed by the next build.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fltui.environment import licence
from fltui.environment.catalogue import EnvironmentSpec
from fltui.environment.errors import EnvironmentProblem
from fltui.environment.interpreters import find_python
from fltui.environment.site_index import uv_environment
from fltui.environment.state import BUILT, Status, builds_folder, status
from fltui.environment.uv import Uv, end_group
from fltui.environment.wheels import find_wheel

_NEEDED_BYTES = {True: 3_000_000_000, False: 600_000_000}  # with backends, without
_POLL_S = 0.2


@dataclass(frozen=True)
class Step:
    """How far a build is: `done` of `total` packages where that is known."""

    environment: str
    text: str
    done: int = 0
    total: int = 0


Progress = Callable[[Step], None]


def ensure(
    spec: EnvironmentSpec,
    layer: str | None,
    progress: Progress,
    accepted: Collection[str] = (),
    allow_build: bool = True,
) -> Status:
    """The environment, built if it is not there yet.

    Two who need it at the same time build it once. Raises EnvironmentProblem (LicenceNeeded,
    WheelMissing among them) with a sentence.
    """
    found = status(spec, layer)
    if found.built:
        return found
    if not allow_build:
        raise EnvironmentProblem(
            f"environment {spec.name} is not built; build it: fltui env create {spec.name}"
        )
    licence.require(spec, accepted)
    wheel = find_wheel(spec)
    found.folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(found.folder, spec.name, progress):
        again = status(spec, layer)
        if again.built:
            return again
        _room(spec, found.folder.parent)
        shutil.rmtree(found.folder, ignore_errors=True)
        try:
            _build(spec, found, wheel, progress)
        except BaseException:
            shutil.rmtree(found.folder, ignore_errors=True)
            raise
    return status(spec, layer)


def check(spec: EnvironmentSpec, layer: str | None) -> str:
    """Runs the environment's check and returns what it prints. Raises EnvironmentProblem."""
    found = status(spec, layer)
    if not found.built:
        raise EnvironmentProblem(
            f"environment {spec.name} is not built; build it: fltui env create {spec.name}"
        )
    return _check(spec, found, layer)


def remove(folder: Path) -> None:
    """Removes one build from the cache, never from a site folder. Raises EnvironmentProblem."""
    if folder.parent != builds_folder():
        raise EnvironmentProblem(
            f"{folder} belongs to the site; only builds in {builds_folder()} can be removed"
        )
    # Without its marker it is half-made from this moment on, whatever interrupts the removal.
    (folder / BUILT).unlink(missing_ok=True)
    shutil.rmtree(folder)


def _build(spec: EnvironmentSpec, found: Status, wheel: Path | None, progress: Progress) -> None:
    began = time.time()
    uv = Uv(uv_environment(os.environ), spec.name)
    python = find_python(spec.python)
    progress(Step(spec.name, f"python {spec.python}"))
    uv.run(["venv", "--python", python or spec.python, str(found.folder)])
    locks = spec.locks(found.layer)
    total = sum(_pins(path) for path in locks)
    command = ["pip", "sync", "--python", str(found.python), *map(str, locks)]
    if wheel is not None:
        command += ["--find-links", str(wheel.parent)]
    packages = found.folder / "lib" / f"python{spec.python}" / "site-packages"
    with uv.start(command) as process:
        while process.running():
            progress(Step(spec.name, "packages", len(list(packages.glob("*.dist-info"))), total))
            process.wait(_POLL_S)
    progress(Step(spec.name, "check", total, total))
    said = _check(spec, found, found.layer)
    facts = {
        "name": spec.name,
        "layer": found.layer,
        "lock": found.lock,
        "python": python or spec.python,
        "packages": total,
        "built": began,
        "seconds": round(time.time() - began, 1),
        "check": said.splitlines(),
    }
    part = found.folder / f"{BUILT}.part"
    part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    part.replace(found.folder / BUILT)


def _check(spec: EnvironmentSpec, found: Status, layer: str | None) -> str:
    """Trains one step with each part. It also writes the bytecode of what is really imported: without
    it every process of a federation compiles everything anew (some 50 CPU s a start)."""
    script = spec.folder / "check.py"
    if not script.is_file():
        return "no check"
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environ["PATH"] = f"{found.folder / 'bin'}{os.pathsep}{environ.get('PATH', '')}"
    environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            [str(found.python), str(script)],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait()
        finally:
            end_group(process)  # what it leaves behind (TFF's worker) would hold on to the output too
        output.seek(0)
        said = output.read()
    if process.returncode != 0:
        last = " / ".join(said.strip().splitlines()[-3:])
        raise EnvironmentProblem(f"environment {spec.name} was built but its check fails: {last}")
    return said


@contextmanager
def _alone(folder: Path, name: str, progress: Progress) -> Iterator[None]:
    """Holds the build's lock; says whom it waits for."""
    fd = os.open(folder.parent / f".{folder.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = os.pread(fd, 64, 0).decode("ascii", "replace").strip() or "another process"
                progress(Step(name, f"pid {holder} builds it; waiting"))
                time.sleep(_POLL_S)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _room(spec: EnvironmentSpec, folder: Path) -> None:
    needed, free = _NEEDED_BYTES[bool(spec.layers)], shutil.disk_usage(folder).free
    if free < needed:
        raise EnvironmentProblem(
            f"environment {spec.name} needs about {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free"
        )


def _pins(path: Path) -> int:
    return sum(
        1
        for line in path.read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
