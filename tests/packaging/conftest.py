"""fltui as others install it: a source archive, a wheel built from that, a fresh virtual environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from fltui.environment.site_index import uv_environment

CHECKOUT = Path(__file__).resolve().parents[2]


def uv(*words: str | Path, **variables: str) -> None:
    """Runs uv with the site's indexes."""
    command = [find_uv_bin(), *map(str, words)]
    environ = {**uv_environment(os.environ), **variables}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Installed:
    """`command` is the installed `fltui`; `wheel` what it was installed from."""

    command: Path
    wheel: Path
    archive: Path

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """`fltui WORDS…` in `folder`, with nothing of the checkout or its Python in reach."""
        hidden = ("PYTHONPATH", "VIRTUAL_ENV")
        environ = {key: value for key, value in os.environ.items() if key not in hidden}
        return subprocess.run(
            [self.command, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel, built from the source archive, and that archive."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", folder, CHECKOUT)
    [wheel], [archive] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


@pytest.fixture(scope="session")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    venv = tmp_path_factory.mktemp("venv") / "fresh"
    uv("venv", "--quiet", "--python", sys.executable, venv)
    uv("pip", "install", "--quiet", "--python", venv / "bin" / "python", built[0])
    return Installed(venv / "bin" / "fltui", *built)


@pytest.fixture(name="uv", scope="session")
def uv_fixture() -> Callable[..., None]:
    return uv
