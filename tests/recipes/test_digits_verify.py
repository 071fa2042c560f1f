"""The separate script that recomputes a run: it agrees with an honest one and catches a false one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits.mlp import initial_weights, score
from weight_files import average, client_file, final_file, load_arrays, round_file, save_arrays, save_update

VERIFY = Path(__file__).resolve().parents[2] / "recipes" / "digits" / "verify.py"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """An honest run of one round with two clients."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(size=(50, 64)), rng.integers(0, 10, 50)
    save_arrays(tmp_path / "work" / "held-out.npz", {"images": images, "labels": labels})
    artifacts = tmp_path / "artifacts"
    updates = [(initial_weights(1), 10), (initial_weights(2), 30)]
    for client, (weights, examples) in enumerate(updates, start=1):
        save_update(artifacts, 1, client, weights, examples)
    mean = average(updates)
    save_arrays(round_file(artifacts, 0), initial_weights(0))
    save_arrays(round_file(artifacts, 1), mean)
    save_arrays(final_file(artifacts), mean)
    accuracy, loss = score(mean, images, labels)
    rows = [
        {"t": 1.0, "round": 1, "process": "evaluate", "scope": "global", "name": name, "value": value}
        for name, value in {"accuracy": accuracy, "loss": loss}.items()
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def verify(run: Path) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, str(VERIFY), str(run)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, json.loads(done.stdout)


def test_an_honest_run_agrees(run: Path) -> None:
    code, said = verify(run)
    assert code == 0
    assert set(said["differences"]) == {"final accuracy", "final loss", "round-001", "final weights"}


def test_a_false_accuracy_is_caught(run: Path) -> None:
    text = (run / "metrics.jsonl").read_text()
    value = json.loads(text.splitlines()[0])["value"]
    (run / "metrics.jsonl").write_text(text.replace(str(value), str(value + 0.02), 1))
    assert verify(run)[0] == 1


@pytest.mark.parametrize("what", ["round", "client", "examples"])
def test_an_average_that_is_none_is_caught(run: Path, what: str) -> None:
    path = client_file(run / "artifacts", 1, 1) if what != "round" else round_file(run / "artifacts", 1)
    arrays = load_arrays(path)
    name = "num_examples" if what == "examples" else "output_bias"
    save_arrays(path, {**arrays, name: arrays[name] + (1 if what == "examples" else 1e-4)})
    code, said = verify(run)
    assert code == 1
    assert "round-001" in said["wrong"]


def test_the_last_of_a_thousand_rounds_is_the_final_one(run: Path) -> None:
    """As text `round-1000` comes before `round-999`."""
    last = load_arrays(final_file(run / "artifacts"))
    save_arrays(round_file(run / "artifacts", 999), initial_weights(3))
    save_arrays(round_file(run / "artifacts", 1000), last)
    assert verify(run)[0] == 0
