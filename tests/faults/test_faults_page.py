"""docs/faults.md is whole: every recipe, every fault, and what the framework does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

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


QUOTED = [
    ("flower", "clients connected: 3", True),
    ("flower", "INFO :      aggregate_fit: received 2 results and 1 failures", False),
    ("flower", "INFO :      [ROUND 1]", False),
    ("flower-superlink", "INFO : [Fleet.ActivateNode] Activated node_id=9550899910434083503", False),
    ("ibmfl", "2.0.1 | WARNING | ibmfl.recipe.fusion | [ROUND 2] averaged 2 of 3 parties", True),
    ("ibmfl", "2.0.1 | INFO | ibmfl.proto_handler | Total number of registered parties:3", False),
    ("openfl", "WARNING  [ROUND 2] averaged 2 of 3 envoys      openfl_rounds.py:69", True),
    ("openfl", "INFO     Director accepted shard for envoy-3   director.py:117", False),
    ("openfl-taskrunner", "WARNING  [ROUND 2] averaged 2 of 3 collaborators   openfl_rounds.py:69", True),
    ("stadle", '{"time": "20:43:27", "level": "info", "message": "agent-3 registered", "event": "a"}', True),
    ("stadle", "E1124 21:00:20.366215 13660 add_port.cc:83] Failed to add port to server", False),
    ("tff", "[ROUND 3]", True),
]


@pytest.fixture
def write_faults(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", [str(PAGE.parent), *sys.path])
    import write_faults

    return write_faults


@pytest.mark.parametrize(("name", "said", "own"), QUOTED)
def test_a_line_of_the_recipes_own_code_is_marked_and_the_frameworks_is_not(
    name: str, said: str, own: bool, write_faults: Any
) -> None:
    shown = write_faults.line({"recipe": f"sst2/{name}", "witness": "server", "said": said})
    assert shown.startswith("server: `")
    assert shown.endswith("` (recipe's)") is own


def test_a_long_line_of_the_recipe_is_cut_and_marked_all_the_same(write_faults: Any) -> None:
    said = '{"time": "20:43:27", "level": "info", "message": "' + "agent-1 " * 30 + '", "event": "averaged"}'
    shown = write_faults.line({"recipe": "sst2/stadle", "witness": "aggregator", "said": said})
    assert shown.endswith("…` (recipe's)")
    assert len(shown) < 200


def test_the_page_says_what_the_mark_means_and_has_it_where_it_belongs() -> None:
    text = PAGE.read_text()
    assert "*(recipe's)* stands behind it" in text
    assert "`clients connected: 3` (recipe's) |" in text
    assert "received 2 results and 1 failures` |" in text
