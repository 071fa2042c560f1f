"""What make installs is pinned with hashes, and the pins are those that pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
APP = PROJECT["dependencies"]
DEV = [*APP, *PROJECT["optional-dependencies"]["dev"]]


def pins(name: str) -> dict[str, list[Version]]:
    """Pinned versions by name; a name may have one for each Python."""
    found: dict[str, list[Version]] = {}
    for line in (CHECKOUT / "requirements" / name).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            package, _, rest = line.partition("==")
            found.setdefault(canonicalize_name(package), []).append(Version(rest.split()[0]))
    return found


@pytest.mark.parametrize(("file", "asked"), [("app.txt", APP), ("dev.txt", DEV)])
def test_every_dependency_is_pinned_to_what_is_asked(file: str, asked: list[str]) -> None:
    pinned = pins(file)
    for text in asked:
        requirement = Requirement(text)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements/{file}: make requirements"
        assert all(version in requirement.specifier for version in versions), text


def test_demo_and_tests_install_the_same_versions() -> None:
    dev = pins("dev.txt")
    assert all(dev[name] == versions for name, versions in pins("app.txt").items())


@pytest.mark.parametrize("file", ["app.txt", "dev.txt"])
def test_every_pin_has_hashes_and_no_path_of_one_machine(file: str) -> None:
    text = (CHECKOUT / "requirements" / file).read_text()
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "file:" not in text
