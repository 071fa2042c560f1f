"""The tables of packages say what is installed: README's and docs/packages.md, which a script writes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([a-z-]+)(?: \(.*\))? \| (\d.*: .*) \|$", re.MULTILINE)
NAMED_BY_USERS = (
    *("textual", "rich", "psutil"),
    *("tensorflow", "tensorflow-hub", "tensorflow-text", "tensorflow-datasets", "torch", "torchvision"),
    *("flwr", "tensorflow-federated", "openfl", "federated-learning-lib", "stadle-client"),
)


@pytest.fixture(scope="module")
def written() -> str:
    command = [sys.executable, str(CHECKOUT / "docs" / "list_packages.py")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def table_in(page: str) -> str:
    return next(block for block in page.split("\n\n") if block.startswith("| package | version"))


def test_the_page_is_as_the_script_writes_it(written: str) -> None:
    committed = (CHECKOUT / "docs" / "packages.md").read_text()
    assert committed == written, "stale: make schema"


def test_readme_has_the_same_table(written: str) -> None:
    assert table_in((CHECKOUT / "README.md").read_text()) == table_in(written), (
        "copy it from docs/packages.md"
    )


def test_every_package_that_users_name_has_a_row() -> None:
    rows = dict(ROW.findall(table_in((CHECKOUT / "README.md").read_text())))
    assert set(NAMED_BY_USERS) <= set(rows)


@pytest.mark.parametrize("package", NAMED_BY_USERS)
def test_a_row_names_every_environment_that_has_the_package(package: str) -> None:
    cells = dict(ROW.findall(table_in((CHECKOUT / "README.md").read_text())))[package]
    told = {
        environment: version
        for version, environments in (cell.split(": ") for cell in cells.split("; "))
        for environment in environments.split(", ")
    }
    assert told == pinned("tensorflow-cpu" if package == "tensorflow" else package)


def pinned(package: str) -> dict[str, str]:
    """Environment to version, on the CPU; `fltui` is the application."""
    pin = re.compile(rf"^{re.escape(package)}==(\S+)", re.MULTILINE)
    environments = CHECKOUT / "recipes" / "environments"
    files = [
        (file.parent.name, file)
        for name in ("lock", "cpu", "extra")
        for file in environments.glob(f"*/{name}.txt")
    ]
    files.append(("fltui", CHECKOUT / "requirements" / "app.txt"))
    return {name: found[1] for name, file in files if (found := pin.search(file.read_text()))}
