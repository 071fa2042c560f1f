"""The Python that a lock names, among those installed on this machine.

uv finds only active interpreters and its own; versions that pyenv keeps are found here by path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fltui.environment.catalogue import EnvironmentSpec
from fltui.environment.errors import EnvironmentProblem


def find_python(version: str) -> str | None:
    """The path of a Python `version` (such as "3.11"), or None."""
    for candidate in _candidates(version):
        if _version_of(candidate) == version:
            return candidate
    return None


def require_version(python: Path, spec: EnvironmentSpec) -> None:
    """Raises EnvironmentProblem unless `python` is an interpreter of the version that `spec` is locked for."""
    version = _version_of(str(python))
    if version != spec.python:
        what = f"is Python {version}" if version else "is no Python interpreter"
        raise EnvironmentProblem(f"{python} {what}; environment {spec.name} is locked for {spec.python}")


def installed_pythons(versions: tuple[str, ...] = ("3.11", "3.12", "3.13")) -> dict[str, str]:
    """Version to path, of those that are there."""
    return {version: path for version in versions if (path := find_python(version)) is not None}


def _candidates(version: str) -> Iterator[str]:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        yield str(Path(sys.base_prefix) / "bin" / f"python{version}")
        yield os.path.realpath(sys.executable)
    found = shutil.which(f"python{version}")
    if found:
        yield found
    home = Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"))
    for folder in sorted(home.glob(f"versions/{version}*"), reverse=True):
        yield str(folder / "bin" / "python")
    data = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))
    for folder in sorted(data.glob(f"uv/python/cpython-{version}.*"), reverse=True):
        yield str(folder / "bin" / f"python{version}")
    yield from (f"/usr/bin/python{version}", f"/usr/local/bin/python{version}")


def _version_of(path: str) -> str | None:
    """What `path` says of itself; a shim that points nowhere says nothing."""
    if not os.access(path, os.X_OK):
        return None
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [path, "-I", "-c", code], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
