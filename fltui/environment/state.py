"""Which environments are built, where, and how large they are.

A built environment is a folder `NAME-HASH12` with a file `built.json` in it, which is written last:
a folder without it is half-made and never used. Site folders (FLTUI_ENVIRONMENTS) come first.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fltui.environment.catalogue import EnvironmentSpec
from fltui.facts.site import cache_folder, site_folders

BUILT = "built.json"


@dataclass(frozen=True)
class Status:
    """`lock` is the hash of the locks with this layer; `folder` where it is, or would be built."""

    name: str
    layer: str | None
    built: bool
    folder: Path
    lock: str

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


def builds_folder() -> Path:
    return cache_folder() / "environments"


def status(spec: EnvironmentSpec, layer: str | None) -> Status:
    """Where the environment with this layer is. Looks at site folders first, then at the cache."""
    lock = spec.lock_hash(layer)
    name = folder_name(spec.name, lock)
    for root in [*site_folders("FLTUI_ENVIRONMENTS"), builds_folder()]:
        # An interpreter that went away (an upgrade of pyenv's) takes its environments with it.
        if (root / name / BUILT).is_file() and (root / name / "bin" / "python").exists():
            return Status(spec.name, layer, True, root / name, lock)
    return Status(spec.name, layer, False, builds_folder() / name, lock)


def statuses(spec: EnvironmentSpec) -> list[Status]:
    """One status a layer."""
    return [status(spec, layer) for layer in (spec.layers or (None,))]


def folder_name(name: str, lock: str) -> str:
    return f"{name}-{lock[:12]}"


def read_built(folder: Path) -> dict[str, Any]:
    """What the build wrote: when, with what, how long it took."""
    return dict(json.loads((folder / BUILT).read_text(encoding="utf-8")))


def old_builds(name: str, current: set[Path]) -> list[Path]:
    """Builds of `name` from other locks, and half-made ones, in the cache."""
    found = [path for path in builds_folder().glob(f"{name}-*") if path.is_dir() and path not in current]
    return [path for path in found if len(path.name) == len(name) + 13]


def user_of(folder: Path) -> int | None:
    """The pid of a process that runs out of the build in `folder`, or None."""
    within, active = os.fsencode(folder) + b"/", b"VIRTUAL_ENV=" + os.fsencode(folder)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
                variables = Path("/proc", entry, "environ").read_bytes().split(b"\0")
            except OSError:  # it has just ended, or is somebody else's
                continue
            if active in variables or any(word.startswith(within) for word in words[:2]):
                return int(entry)
    return None


def size_when_built(folder: Path) -> int:
    """Bytes, as the build counted them; counted now where it did not."""
    return int(read_built(folder).get("bytes") or size_of(folder))


def size_of(folder: Path) -> int:
    """Bytes on disk under `folder`; a file with several hard links counts once here."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for root, _, files in os.walk(folder):
        for file in files:
            try:
                facts = os.lstat(os.path.join(root, file))
            except FileNotFoundError:  # removed meanwhile
                continue
            if (facts.st_dev, facts.st_ino) not in seen:
                seen.add((facts.st_dev, facts.st_ino))
                total += facts.st_blocks * 512
    return total
