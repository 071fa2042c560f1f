"""How docs/write_results.py pairs runs: only what was asked the same way repeats another run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    import finished_run
    import write_results

    return finished_run, write_results


def test_the_same_seed_again_is_another_run_with_the_same_params(
    modules: tuple[Any, Any], tmp_path: Path
) -> None:
    finished_run, write_results = modules

    def run(name: str, **params: object) -> Any:
        folder = tmp_path / name
        folder.mkdir()
        plan = {"recipe": "sst2/flower", "params": {"seed": 0, "limit": 600, "data": "", **params}}
        (folder / "manifest.json").write_text(json.dumps({"plan": plan}))
        return finished_run.FinishedRun(folder)

    runs = [
        run("first", backend="keras"),
        run("torch", backend="torch"),
        run("again", backend="keras", data="/elsewhere"),
        run("seed", backend="keras", seed=1),
    ]

    def row(run: Any, again: Any, flower: Any) -> list[str]:
        return [run.folder.name, "-" if again is None else again.folder.name, flower.folder.name]

    lines = write_results.table("recipe | again | flower", runs, row).splitlines()[2:5]
    assert lines == ["| first | again | first |", "| torch | - | first |", "| seed | - | first |"]
