"""docs/faults.md is whole: every recipe, every fault, and what the framework does."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_rows import FOLDER, faults_of, recipes, row_of, rows
from fault_sayings import ABSENT, FAULTS, SAID

from fltui.recipe.load import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"


@pytest.mark.parametrize("name", recipes())
def test_the_page_has_every_recipe_with_every_fault_that_it_can_have(name: str) -> None:
    _, _, after = PAGE.read_text().partition(f"## sst2/{name}\n")
    section = after.partition("\n## ")[0]
    assert [fault for fault in faults_of(name) if f"| {fault} | " not in section] == []
    absent = [fault for fault in FAULTS if (name, fault) in ABSENT]
    assert [fault for fault in absent if f"{fault}: {ABSENT[name, fault]}" not in section] == []


@pytest.mark.parametrize("name", recipes())
def test_what_the_framework_does_is_said_of_every_fault(name: str) -> None:
    assert [fault for fault in faults_of(name) if not row_of(name, fault).does] == []


def test_one_fault_of_every_framework_is_in_ci() -> None:
    frameworks = {load(FOLDER / name / "recipe.yaml").framework for name in recipes()} - {"centralized"}
    assert sorted(row.recipe.partition("/")[2] for row in rows() if row.in_ci) == sorted(frameworks)


def test_nothing_is_said_of_what_cannot_be() -> None:
    assert SAID.keys() & ABSENT.keys() == set()
