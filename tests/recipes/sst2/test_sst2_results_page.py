"""docs/results.md has every recipe, and what it shows is what the task promises."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(path.parent.name for path in (ROOT / "recipes" / "sst2").glob("*/recipe.yaml"))
PAGE = (ROOT / "docs" / "results.md").read_text()


def rows(title: str) -> dict[str, dict[str, str]]:
    """The table under a title: recipe -> column -> text."""
    lines = [
        line
        for line in PAGE.partition(f"## {title}")[2].partition("\n## ")[0].splitlines()
        if line[:1] == "|"
    ]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    head, body = cells[0], cells[2:]
    return {row[0].strip("[").partition("]")[0]: dict(zip(head, row, strict=True)) for row in body}


FULL, SMALL = rows("All 67,349 sentences"), rows("600 sentences")


@pytest.mark.parametrize("name", NAMES)
def test_on_all_sentences_a_recipe_is_ok_above_78_percent_and_recomputed(name: str) -> None:
    row = FULL[name]
    assert row["verdict, rounds"] == "ok, 3 of 3"
    assert float(row["round 3"]) >= 0.78
    assert float(row["recomputed from artifacts/final"].split()[0]) == pytest.approx(
        float(row["round 3"]), abs=6e-4
    )
    assert float(row["off from --json"]) <= 1e-6
    assert float(row["s"]) < 180


@pytest.mark.parametrize("name", NAMES)
def test_on_few_sentences_its_weights_are_the_references(name: str) -> None:
    row = SMALL[name]
    assert float(row["weights of all rounds off from numpy's"]) < 1e-5
    if name != "centralized":
        assert float(row["off from flower's"]) < 1e-5
        assert int(row["answers unlike flower's"]) <= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gave_the_same_weights(name: str) -> None:
    found = [row["same seed again"] for row in (FULL[name], SMALL[name]) if row["same seed again"] != "-"]
    assert found, "no recipe was run twice"
    assert max(map(float, found)) <= 1e-6
