"""docs/strategies.md says what the recipes offer; a script writes it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = [
    file
    for file in sorted((CHECKOUT / "recipes").glob("*/*/recipe.yaml"))
    if re.search(r"^  strategy:", file.read_text(), re.MULTILINE)
]
TITLES = {"flower": "Flower", "tff": "TFF", "openfl": "OpenFL", "ibmfl": "IBM FL", "stadle": "STADLE"}


@pytest.fixture(scope="module")
def written() -> str:
    command = [sys.executable, str(CHECKOUT / "docs" / "list_strategies.py")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def rows_of(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first line contains `head`, that line first."""
    table = next(
        block
        for block in page.split("\n\n")
        if block.startswith("| `strategy=`") and head in block.split("\n")[0]
    )
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_page_is_as_the_script_writes_it(written: str) -> None:
    committed = (CHECKOUT / "docs" / "strategies.md").read_text()
    assert committed == written, "stale: make schema"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_column_names_just_what_its_recipes_offer(file: Path, written: str) -> None:
    text = file.read_text()
    framework = re.findall(r"^framework: (\S+)", text, re.MULTILINE)[0]
    choices = re.findall(r"^  strategy: \{type: choice, choices: \[([^]]*)\]", text, re.MULTILINE)[0]
    head, _, *rows = rows_of(written, "Flower")
    column = head.index(TITLES[framework])
    *strategies, recipes = rows
    offered = {row[0].strip("`") for row in strategies if row[column] != "-"}
    assert offered == set(choices.split(", "))
    assert f"[cifar10/{file.parent.name}](" in recipes[column]


def test_every_param_that_names_a_strategy_stands_beside_it(written: str) -> None:
    text = (CHECKOUT / "recipes" / "cifar10" / "flower" / "recipe.yaml").read_text()
    cells = {row[0].strip("`"): row[2] for row in rows_of(written, "its params")[2:]}
    told = re.findall(r'^  (\w+): \{.*help: "((?:fed|krum|trimmed)[^:]*): ', text, re.MULTILINE)
    assert {"mu", "server_lr", "tau", "trim", "faulty"} == {name for name, _ in told}
    for name, strategies in told:
        for strategy in strategies.split(", "):
            assert f"`{name}=" in cells[strategy]
