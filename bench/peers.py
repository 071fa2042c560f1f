"""The peers: mprocs from npm and honcho from PyPI, installed once under the cache folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from fltui.facts.site import cache_folder

MPROCS, HONCHO = "0.9.6", "2.0.0"


class PeerMissing(RuntimeError):
    """A peer could not be had, as a sentence."""


def mprocs() -> str:
    """The path of the mprocs program."""
    folder = cache_folder() / "bench" / f"mprocs-{MPROCS}"
    program = folder / "node_modules" / ".bin" / "mprocs"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise PeerMissing("mprocs comes from npm, which is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        _install([npm, "install", "--prefix", str(folder), "--no-fund", "--no-audit", f"mprocs@{MPROCS}"])
    found = list(folder.glob("node_modules/mprocs/**/mprocs"))
    native = [path for path in found if path.is_file() and path.stat().st_size > 1_000_000]
    return str(native[0] if native else program)


def honcho() -> str:
    """The path of the honcho program."""
    folder = cache_folder() / "bench" / f"honcho-{HONCHO}"
    program = folder / "bin" / "honcho"
    if not program.exists():
        venv.create(folder, with_pip=True)
        _install([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", f"honcho=={HONCHO}"])
    return str(program)


def _install(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerMissing(f"`{' '.join(command)}` failed: {done.stderr.strip()[-300:]}")


def fltui() -> str:
    """The fltui program of this interpreter's environment."""
    return str(Path(sys.executable).with_name("fltui"))
