"""The spread over seeds in docs/results.md: means, deviations, and no comparison of unlike runs."""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "results.md").read_text()
FLOWER, CENTRALIZED = [0.80, 0.81, 0.79, 0.805, 0.795], [0.78, 0.79, 0.80, 0.79, 0.79]
Section = Callable[[list[Path]], str]


@pytest.fixture
def section(monkeypatch: pytest.MonkeyPatch) -> Section:
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
    from finished_run import FinishedRun
    from seed_spread import section

    return lambda folders: str(section([FinishedRun(folder) for folder in folders]))


@pytest.fixture
def finished(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, seed: int, accuracy: float, verdict: str = "ok", **params: Any) -> Path:
        folder = tmp_path / f"{name}-{seed}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        plan = {"recipe": f"sst2/{name}", "params": {"seed": seed, "limit": 0, "rounds": 3} | params}
        (folder / "manifest.json").write_text(json.dumps({"plan": plan}))
        end = {"kind": "end", "data": {"verdict": verdict}}
        (folder / "events.jsonl").write_text(json.dumps(end) + "\n")
        rows = [(1, "client", 0.1), (1, "global", 0.5), (3, "global", accuracy)]
        (folder / "metrics.jsonl").write_text(
            "".join(
                json.dumps({"round": number, "scope": scope, "name": "accuracy", "value": value}) + "\n"
                for number, scope, value in rows
            )
        )
        return folder

    return make


def test_it_gives_each_accuracy_mean_deviation_and_how_far_the_means_are_apart(
    section: Section, finished: Callable[..., Path]
) -> None:
    runs = [finished("flower", seed, value) for seed, value in reversed(list(enumerate(FLOWER)))]
    runs += [finished("centralized", seed, value) for seed, value in enumerate(CENTRALIZED)]
    lines = section(runs).splitlines()
    assert "| centralized | 0 1 2 3 4 | 0.7800 0.7900 0.8000 0.7900 0.7900 | 0.7900 ± 0.0071 |" in lines
    assert "| flower | 0 1 2 3 4 | 0.8000 0.8100 0.7900 0.8050 0.7950 | 0.8000 ± 0.0079 |" in lines
    assert lines.index(next(line for line in lines if "| flower" in line)) == 6  # in the order of the chapter
    assert lines[-1] == (
        "The means are 1.00 points apart. Accuracy after round 3, 67,349 sentences; "
        "std is of the sample (n - 1)."
    )


def test_without_such_runs_there_is_no_section(section: Section) -> None:
    assert section([]) == ""


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({"seed": 0}, "sst2/flower is given twice with seed 0: a spread is over different seeds"),
        ({"seed": 1, "rounds": 5}, "rounds is 5, but 3 in "),
        ({"seed": 1, "limit": 600}, "limit is 600, but 0 in "),
        ({"seed": 1, "verdict": "failed"}, "its verdict is failed, not ok"),
        ({"name": "centralized", "seed": 0}, "sst2/centralized is given with one seed only"),
    ],
)
def test_runs_that_make_no_spread_are_refused_with_a_sentence(
    second: dict[str, Any], sentence: str, section: Section, finished: Callable[..., Path]
) -> None:
    folders = [finished("flower", 0, 0.8), finished(**{"name": "flower", "accuracy": 0.8} | second)]
    with pytest.raises(SystemExit, match=re.escape(sentence)):
        section(folders)


@pytest.mark.skipif("## The spread over seeds" not in PAGE, reason="the page has no runs of several seeds")
def test_on_the_page_the_means_are_at_most_a_point_and_a_half_apart() -> None:
    part = PAGE.partition("## The spread over seeds")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\w-]+) \| ([\d ]+) \| ([\d. ]+) \| ", part, re.MULTILINE)
    assert {"centralized", "flower"} <= {name for name, _, _ in rows}
    assert all(len(seeds.split()) >= 5 for _, seeds, _ in rows)
    means = [statistics.fmean(map(float, accuracies.split())) for _, _, accuracies in rows]
    assert max(means) - min(means) <= 0.015
