"""Fixtures of the run folder's tests: a run to write into, and a disk small enough to fill."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fltui.facts.verdict import Result, Verdict
from fltui.record.writer import RunWriter

MANIFEST: dict[str, Any] = {
    "plan": {
        "recipe": "digits/flower",
        "run": "20261124-101500-digits-flower-k3f9",
        "processes": [
            {"name": "server", "group": "server", "role": "server"},
            {
                "name": "client-1",
                "group": "client",
                "role": "client",
                "steps": [
                    {"kind": "wait", "name": "up", "line": "ready", "count": 2},
                    {"kind": "send", "name": "go", "text": "TRAIN", "mode": "confirm", "why": "begin"},
                ],
            },
        ],
        "success": {"rounds": 3, "metric": "accuracy"},
        "watch": {"clients_planned": 1},
    }
}


class Disk:
    """A small file system of its own, which `fill` leaves without a free byte until `free`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        fd = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        size = 65536
        while size:
            try:
                os.write(fd, bytes(size))
            except OSError:
                size //= 2
        os.close(fd)

    def free(self) -> None:
        (self.folder / "filler").unlink()


@pytest.fixture
def manifest() -> dict[str, Any]:
    return MANIFEST


@pytest.fixture
def result() -> Callable[..., Result]:
    """Makes a Result; what is not given is that of a run that went well."""

    def make(**changes: Any) -> Result:
        known: dict[str, Any] = {
            "recipe": "digits/flower",
            "run": "run",
            "folder": "/runs/run",
            "verdict": Verdict.OK,
            "exit_code": 0,
            "reason": "3 of 3 rounds, accuracy 0.892",
        }
        return Result(**{**known, **changes})

    return make


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    made = RunWriter.create(tmp_path / "run", MANIFEST)
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """A tmpfs of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=60", "none", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mount.returncode != 0:
        pytest.skip(f"a small tmpfs cannot be mounted here: {mount.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)
