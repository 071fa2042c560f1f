"""What the guides say of a taken port, of whoever dies and of whoever hangs, against what docs/faults.md measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {path.parent.name: path.read_text() for path in (ROOT / "recipes" / "sst2").glob("*/guide.md")}
FAULTS = (ROOT / "docs" / "faults.md").read_text()
NO_PORT = {"centralized": "nobody listens on a port", "tff": "a port that is taken do not exist"}
HANGS = {"centralized": "the training hangs in round 2", "tff": "the worker hangs in round 2"}


def paragraphs(name: str, beginning: str) -> list[str]:
    return [text for text in GUIDES[name].split("\n\n") if re.match(rf"\*\*When {beginning}\*\*", text)]


def measured(name: str, fault: str) -> str:
    """The verdict that docs/faults.md has for a fault of a recipe."""
    section = FAULTS.partition(f"## sst2/{name}\n")[2].partition("\n## ")[0]
    row = next(line for line in section.splitlines() if line.startswith(f"| {fault} |"))
    return row.split(" | ")[2].partition(",")[0]


@pytest.mark.parametrize("name", sorted(GUIDES.keys() - NO_PORT.keys()))
def test_a_taken_port_ends_as_it_was_measured(name: str) -> None:
    [text] = paragraphs(name, "somebody else takes its port")
    assert f"*{measured(name, 'its port is taken while it starts')}*" in text


@pytest.mark.parametrize("name", sorted(NO_PORT))
def test_a_guide_without_ports_says_so(name: str) -> None:
    assert NO_PORT[name] in GUIDES[name]


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_a_guide_says_what_happens_when_somebody_dies(name: str) -> None:
    assert paragraphs(name, r"(it|the [\w ]+|an? [\w ]+) dies")


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_a_hang_ends_as_it_was_measured(name: str) -> None:
    [text] = paragraphs(name, r"(it|its worker|an? \w+) hangs")
    assert f"*{measured(name, HANGS.get(name, 'a client hangs in round 2'))}*" in text
