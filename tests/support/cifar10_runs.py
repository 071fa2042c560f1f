"""What tests of the CIFAR-10 recipes ask of a run: its weights, and what verify.py finds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import ROOT

VERIFY = ROOT / "recipes" / "cifar10" / "verify.py"
ROUNDS = 2
Rounds = list[dict[str, np.ndarray]]


def pictures() -> Path | None:
    """The smallest .npz of CIFAR-10 with exact pixels: in a folder of FLTUI_DATA, else in a folder `data` in
    the checkout, beside it, or in a folder beside it."""
    given = [Path(folder) for folder in os.environ.get("FLTUI_DATA", "").split(os.pathsep) if folder]
    near = [ROOT / "data", ROOT.parent / "data", *sorted(ROOT.parent.glob("*/data"))]
    for folder in (*given, *near):
        for place in (folder / "cifar10", folder):
            files = sorted(place.glob("*.npz"), key=lambda file: file.stat().st_size)
            for file in files:
                with np.load(file, allow_pickle=False) as arrays:
                    if {"x_train", "y_train", "x_test", "y_test"} <= set(arrays.files):
                        return file
    return None


PICTURES = pictures()
NEEDS_DATA = pytest.mark.skipif(
    PICTURES is None,
    reason="CIFAR-10 is not on this machine: no folder of FLTUI_DATA, and no data/cifar10 in the checkout, beside "
    "it, or in a folder beside it, holds an .npz with x_train, y_train, x_test, y_test",
)
REAL = [pytest.mark.frameworks, pytest.mark.timeout(900), NEEDS_DATA]  # what every federation in a test is
SAME_BACKEND = 1e-4  # of two rounds of four batches; measured: 0 beside Flower, 4e-6 beside plain torch
SMALL = {"data": PICTURES, "limit": 300, "test_limit": 200, "rounds": ROUNDS, "target": 0}


def global_weights(run: Path, rounds: int = ROUNDS) -> Rounds:
    """The global weights of rounds 0 to `rounds`, which must all be there."""
    files = sorted((run / "artifacts").glob("round-*.npz"))
    assert len(files) == rounds + 1
    return [dict(np.load(file, allow_pickle=False)) for file in files]


def distance(one: Rounds, other: Rounds) -> float:
    """The greatest difference between the global weights of any round."""
    pairs = zip(one, other, strict=True)
    return max(float(np.abs(a[name] - b[name]).max()) for a, b in pairs for name in a)


def assert_only_what_is_learned_changed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> None:
    """As in a framework that does not send what BatchNorm gathers: two arrays for each of vgg_small's five."""
    running = {name for name in after if "running_" in name}
    assert len(running) == 10
    assert {name for name in after if np.array_equal(before[name], after[name])} == running


def environment_python(run: Path, name: str) -> Path:
    """The Python that the run's processes in the environment `name` had."""
    manifest = json.loads((run / "manifest.json").read_text())
    folders = {found["name"]: found["folder"] for found in manifest["plan"]["environments"]}
    return Path(folders[name]) / "bin" / "python"


def verify(run: Path, *words: object, code: int = 0) -> dict[str, Any]:
    """What the separate script finds, without fltui and without the recipes' code on the path."""
    done = subprocess.run(
        [environment_python(run, "data"), VERIFY, run, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_flowers_weights(run: Path, flower: Path) -> dict[str, Any]:
    """Those of every round are Flower's and plain torch's, and the final model is theirs; what verify.py found."""
    said = verify(run, "--retrain", "--beside", flower, "--tolerance", SAME_BACKEND)
    assert {"round-002", "round-002 retrained", f"round-002 beside {flower.name}"} <= said[
        "differences"
    ].keys()
    assert said["found"].keys() == {"model.pt"}
    return said


def assert_scores_as_we_do(run: Path, metric: str) -> None:
    """The framework's own accuracy of each round, each client on its part of the test pictures, is our evaluator's."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    ours = {
        row["round"]: row["value"] for row in rows if (row["scope"], row["name"]) == ("global", "accuracy")
    }
    theirs = {row["round"]: row["value"] for row in rows if row["name"] == metric}
    assert theirs == {round: pytest.approx(ours[round], abs=1e-6) for round in range(ROUNDS)}


def assert_done(result: dict[str, Any], rounds: int = ROUNDS) -> None:
    """All rounds, each scored."""
    assert (result["rounds_done"], result["rounds_planned"]) == (rounds, rounds)
    assert 0 <= result["metrics"]["accuracy"] <= 1
    assert 0 <= result["metrics"]["skew"] <= 0.9
