"""What tests of the SST-2 recipes ask of a run: its weights, the numpy reference's, what verify.py finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import MISSING, environment_with_data

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "recipes" / "sst2"))

from numpy_reference import federated_round, widened  # noqa: E402

VERIFY = ROOT / "recipes" / "sst2" / "verify.py"
ROUNDS, CLIENTS = 2, 3
SMALL = {"encoder": "minilm", "limit": 600, "rounds": ROUNDS}
SAME_BACKEND, ACROSS_BACKENDS = 1e-5, 1e-4
Rounds = list[dict[str, np.ndarray]]


NEEDS_DATA = pytest.mark.skipif(environment_with_data() is None, reason=MISSING)


def global_weights(run: Path, rounds: int = ROUNDS) -> Rounds:
    """The global weights of rounds 0 to `rounds`, which must all be there."""
    files = sorted((run / "artifacts").glob("round-*.npz"))
    assert len(files) == rounds + 1
    return [dict(np.load(file, allow_pickle=False)) for file in files]


def reference_weights(run: Path, rounds: int = ROUNDS) -> Rounds:
    """The same in numpy, from the run's own shards and initial weights and from nothing else of it."""
    files = [run / "work" / "shards" / f"client-{client}.npz" for client in range(1, CLIENTS + 1)]
    shards = [(shard["x"], shard["y"]) for shard in map(np.load, files)]
    found = [widened(dict(np.load(run / "work" / "initial.npz")))]
    for round in range(1, rounds + 1):
        found.append(federated_round(found[-1], shards, round))
    return found


def distance(one: Rounds, other: Rounds) -> float:
    """The greatest difference between the global weights of any round."""
    pairs = zip(one, other, strict=True)
    return max(float(np.abs(a[name] - b[name]).max()) for a, b in pairs for name in a)


def environment_python(run: Path, name: str) -> Path:
    """The Python that the run's processes in the environment `name` had."""
    manifest = json.loads((run / "manifest.json").read_text())
    folders = {found["name"]: found["folder"] for found in manifest["plan"]["environments"]}
    return Path(folders[name]) / "bin" / "python"


def in_environment(run: Path, name: str, *words: object) -> Any:
    """What a Python of that environment, without fltui, prints as JSON."""
    done = subprocess.run(
        [environment_python(run, name), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={"PATH": os.environ["PATH"], "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def verified(run: Path, environment: str) -> dict[str, Any]:
    """What the separate script recomputes, in the environment that trained and without fltui."""
    said: dict[str, Any] = in_environment(run, environment, VERIFY, run)
    return said


def assert_done(result: dict[str, Any], rounds: int = ROUNDS) -> None:
    """All rounds, and better than guessing."""
    assert (result["rounds_done"], result["rounds_planned"]) == (rounds, rounds)
    assert result["metrics"]["accuracy"] > 0.55


def process(result: dict[str, Any], name: str) -> dict[str, Any]:
    """What a run's result says of one process."""
    row: dict[str, Any] = next(row for row in result["processes"] if row["name"] == name)
    return row
