"""The evaluator: scores what appears, ends when the federation ends, and says what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digits.mlp import initial_weights, score
from federation_end import declare_end, declared_end
from score_rounds import thin_out
from weight_files import round_file, save_arrays

COMMON = Path(__file__).resolve().parents[2] / "recipes" / "common"
DEADLINE_S = 60.0


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with 50 held-out images of noise."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(size=(50, 64)), rng.integers(0, 10, 50)
    save_arrays(tmp_path / "work" / "held-out.npz", {"images": images, "labels": labels})
    (tmp_path / "artifacts").mkdir()
    return tmp_path


def evaluator(run: Path, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "digits.evaluate", "--run", str(run), "--rounds", str(rounds)],
        env={**os.environ, "PYTHONPATH": str(COMMON)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def metrics(text: str) -> list[dict]:
    return [json.loads(line)["metric"] for line in text.splitlines()]


def test_it_scores_rounds_while_they_appear(run: Path) -> None:
    save_arrays(round_file(run / "artifacts", 0), initial_weights(0))
    child = evaluator(run, 2)
    try:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline())["metric"]["round"] == 0
        assert child.poll() is None, "it must wait for the rounds to come"
        for number in (1, 2):
            save_arrays(round_file(run / "artifacts", number), initial_weights(number))
        out, error = child.communicate(timeout=DEADLINE_S)
    finally:
        child.kill()
    assert child.returncode == 0, error
    held_out = np.load(run / "work" / "held-out.npz")
    accuracy, loss = score(initial_weights(2), held_out["images"], held_out["labels"])
    assert metrics(out)[-1] == {"round": 2, "scope": "global", "accuracy": accuracy, "loss": loss}
    matrix = np.loadtxt(run / "artifacts" / "confusion-matrix.csv", delimiter=",")
    assert np.trace(matrix) / matrix.sum() == pytest.approx(accuracy)
    rows = [json.loads(line) for line in (run / "artifacts" / "weights.jsonl").read_text().splitlines()]
    assert [row["round"] for row in rows] == [0, 1, 2]
    assert len({row["sha256"] for row in rows}) == 3


def test_a_federation_that_ended_early_is_scored_and_then_an_error(run: Path) -> None:
    for number in (0, 1):
        save_arrays(round_file(run / "artifacts", number), initial_weights(number))
    declare_end(run / "work", "only 1 of 3 clients")
    out, error = evaluator(run, 3).communicate(timeout=DEADLINE_S)
    assert [row["round"] for row in metrics(out)] == [0, 1]
    assert "the federation ended after 1 of 3 rounds: only 1 of 3 clients" in error


def test_a_gap_is_stepped_over(run: Path) -> None:
    for number in (0, 1, 3):
        save_arrays(round_file(run / "artifacts", number), initial_weights(number))
    child = evaluator(run, 3)
    out, error = child.communicate(timeout=DEADLINE_S)
    assert child.returncode == 0, error
    assert [row["round"] for row in metrics(out)] == [0, 1, 3]


def test_the_end_is_declared_only_once(run: Path) -> None:
    command = [sys.executable, "-m", "federation_end", str(run / "work"), "it died silently"]
    environ = {**os.environ, "PYTHONPATH": str(COMMON)}
    assert declared_end(run / "work") is None
    subprocess.run(command, env=environ, check=True, timeout=DEADLINE_S)
    assert declared_end(run / "work") == "it died silently"
    declare_end(run / "work")
    subprocess.run(command, env=environ, check=True, timeout=DEADLINE_S)
    assert declared_end(run / "work") == "ok"


def test_a_waiting_evaluator_costs_little(run: Path) -> None:
    save_arrays(round_file(run / "artifacts", 0), initial_weights(0))
    child = evaluator(run, 10_000)
    try:
        assert child.stdout is not None
        child.stdout.readline()  # the imports are over
        before = _cpu_s(child.pid)
        time.sleep(2.0)
        assert _cpu_s(child.pid) - before < 0.2
    finally:
        child.kill()
        child.communicate()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_of_many_great_rounds_the_first_the_best_and_the_last_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("score_rounds.MOST_BYTES", 5 * 8)
    accuracies = {0: 0.1, 1: 0.2, 2: 0.7, 3: 0.9, 4: 0.5, 5: 0.6, 6: 0.8}
    scored: dict[int, float] = {}
    for number, accuracy in accuracies.items():
        save_arrays(round_file(tmp_path, number), {"a": np.zeros(1)})
        scored[number] = accuracy
        thin_out(tmp_path, scored, 6, {"a": np.zeros(1)})
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"round-00{n}.npz" for n in (0, 1, 3, 6)]
    monkeypatch.setattr("score_rounds.MOST_BYTES", 7 * 8)
    save_arrays(round_file(tmp_path, 4), {"a": np.zeros(1)})
    thin_out(tmp_path, scored, 6, {"a": np.zeros(1)})
    assert round_file(tmp_path, 4).exists()
