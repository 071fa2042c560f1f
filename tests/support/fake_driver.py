"""The small libnvidia-ml.so.1 of tests/probe/fake_nvml, built, and what it says from now on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "probe" / "fake_nvml" / "nvml.c"


def build_library(folder: Path) -> Path:
    """The library in `folder`, for LD_LIBRARY_PATH. Skips the test where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    path = folder / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", path, SOURCE], check=True)
    return path


class Driver:
    """What the fake driver says from now on; `file` is its FAKE_NVML."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def says(self, text: str) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self._file)
