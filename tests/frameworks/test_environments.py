"""Every shipped environment builds from its lock, holds what the lock says, and trains a step with each of
its parts."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from having_environments import environment_or_skip

from fltui.environment.build import check
from fltui.environment.catalogue import EnvironmentSpec, find, names
from fltui.environment.state import Status, read_built
from fltui.facts.site import shipped_recipes

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

LIST = """
import importlib.metadata, json
print(json.dumps({found.metadata["Name"]: found.version for found in importlib.metadata.distributions()}))
"""


@pytest.mark.parametrize("name", names(shipped_recipes()))
def test_it_builds_from_its_lock_and_trains(name: str) -> None:
    """Its check runs here even when it was built long ago: a driver or a library of the system may have
    changed since, and the check itself."""
    found = environment_or_skip(name)
    spec = find(name, shipped_recipes())
    assert check(spec, found.layer).splitlines()[-1] == "OK"
    assert installed(found) == pinned(spec, found)


def installed(found: Status) -> dict[str, str]:
    """What the environment's Python finds; torch's build is the site's."""
    done = subprocess.run([found.python, "-I", "-c", LIST], capture_output=True, text=True, check=True)
    return {normal(name): version.partition("+")[0] for name, version in json.loads(done.stdout).items()}


def pinned(spec: EnvironmentSpec, found: Status) -> dict[str, str]:
    """What the lock files pin that it was built from: another layer's where torch had no CPU build."""
    files = read_built(found.folder).get("locks") or [path.name for path in spec.locks(found.layer)]
    text = "\n".join((spec.folder / name).read_text() for name in files)
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)
    return {normal(name): version for name, version in pins}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
