"""A real sweep: Flower's handwritten digits over two learning rates and two seeds, two at a time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from federations import FLTUI, ROOT
from having_recipes import recipe_or_skip

from fltui.probe.processes import find_by_run

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]


def test_the_digits_learn_faster_with_the_greater_rate_and_nothing_runs_twice(
    request: pytest.FixtureRequest,
) -> None:
    recipe_or_skip(request, "digits/flower")
    words = [str(FLTUI), "sweep", str(ROOT / "recipes" / "digits" / "flower"), "--json", "--jobs", "2"]
    words += [
        "--set",
        "lr=0.01,0.3",
        "--set",
        "rounds=2",
        "--set",
        "target=0",
        "--seeds",
        "2",
        "--target",
        "0.8",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=500, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [cell["verdict"] for cell in found["cells"]] == ["ok"] * 4
    slow, fast = found["curve"]
    assert (slow["values"], fast["values"]) == ({"lr": 0.01}, {"lr": 0.3})
    assert fast["mean"] > slow["mean"] + 0.1
    assert fast["std"] > 0, "seeds differ"
    assert fast["reached"] == 2
    for cell in found["cells"]:
        assert find_by_run(cell["run"]) == []
    assert Path(found["files"]["svg"]).is_file()
    again = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert [c["run"] for c in json.loads(again.stdout)["cells"]] == [c["run"] for c in found["cells"]]
    assert "nothing was run" in again.stderr
