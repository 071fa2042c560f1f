"""The SST-2 recipes, run small and real: they learn, and every round's global weights are the reference's.

They need the sentences: where neither FLTUI_DATA nor TensorFlow Datasets has them, the tests say so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "recipes" / "common"), str(ROOT / "tests" / "recipes" / "sst2")]

from numpy_reference import Adam, Weights, average, train, widened  # noqa: E402

from sst2.sentences import TFDS, ZIP  # noqa: E402
from sst2.work_folder import Shard, load_initial, load_shard, load_union  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

VERIFY = ROOT / "recipes" / "sst2" / "verify.py"
ROUNDS, LIMIT, CLIENTS = 2, 600, 3
SAME_BACKEND, BATCH, LR = 1e-4, 64, 1e-3
Start = Callable[..., Any]


@pytest.fixture(scope="module")
def small() -> dict[str, object]:
    """The params of a small run."""
    folders = [Path(folder) for folder in os.environ.get("FLTUI_DATA", "").split(os.pathsep) if folder]
    folders += [folder / "sst2" for folder in folders]
    tfds = Path(os.environ.get("TFDS_DATA_DIR", Path.home() / "tensorflow_datasets"))
    if not any((folder / ZIP).is_file() or (folder / TFDS).is_dir() for folder in [*folders, tfds]):
        pytest.skip("no SST-2 here: let FLTUI_DATA name a folder with SST-2.zip in it")
    return {"encoder": "minilm", "limit": LIMIT, "rounds": ROUNDS}


def reference(run: Path) -> list[Weights]:
    """The global weights of every round as the numpy reference computes them from the run's own shards."""
    work = run / "work"
    shards = [load_shard(work, client) for client in range(1, CLIENTS + 1)]
    return rounds_of(shards, widened(load_initial(work)))


def rounds_of(shards: list[Shard], weights: Weights) -> list[Weights]:
    found = [weights]
    for number in range(1, ROUNDS + 1):
        updates = [
            (train(found[-1], shard.x, shard.y, shard.order_of(number), BATCH, Adam(LR)), len(shard.y))
            for shard in shards
        ]
        found.append(average(updates))
    return found


def global_weights(run: Path) -> list[Weights]:
    files = sorted((run / "artifacts").glob("round-*.npz"))
    return [dict(np.load(file, allow_pickle=False)) for file in files]


def assert_same_weights(found: list[Weights], wanted: list[Weights]) -> None:
    assert len(found) == len(wanted) == ROUNDS + 1
    for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
        assert a.keys() == b.keys()
        for name in a:
            assert np.abs(a[name] - b[name]).max() <= SAME_BACKEND, f"round {number}, {name}"
    assert max(np.abs(found[-1][name] - found[0][name]).max() for name in found[0]) > 1e-3


def verified(run: Path, environment: str) -> dict[str, Any]:
    """What the separate script recomputes, with the environment's own Python and without fltui."""
    plan = json.loads((run / "manifest.json").read_text())["plan"]
    folder = next(row["folder"] for row in plan["environments"] if row["name"] == environment)
    done = subprocess.run(
        [Path(folder) / "bin" / "python", VERIFY, run],
        capture_output=True,
        text=True,
        check=False,
        env={"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("backend", ["keras", "torch"])
@pytest.mark.parametrize("recipe", ["flower", "flower-superlink"])
def test_flowers_global_weights_are_the_references_in_every_round(
    start: Start, small: dict[str, object], recipe: str, backend: str
) -> None:
    if (recipe, backend) == ("flower-superlink", "torch"):
        pytest.skip("the flow does not depend on the backend: once is enough")
    federation = start(f"sst2/{recipe}", backend=backend, **small)
    result = federation.ok()
    assert (result["rounds_done"], result["rounds_planned"]) == (ROUNDS, ROUNDS)
    assert result["metrics"]["accuracy"] > 0.55
    assert_same_weights(global_weights(federation.folder), reference(federation.folder))
    said = verified(federation.folder, "flower")
    own = "model.keras" if backend == "keras" else "model.pt"
    assert {f"{own} accuracy", "round-001", "round-002"} <= said["differences"].keys()


def test_centralized_training_is_a_federation_of_one_client(start: Start, small: dict[str, object]) -> None:
    baseline = start("sst2/centralized", **small)
    result = baseline.ok()
    assert result["metrics"]["accuracy"] > 0.6
    work = baseline.folder / "work"
    wanted = rounds_of([load_union(work)], widened(load_initial(work)))
    assert_same_weights(global_weights(baseline.folder), wanted)


def test_the_same_seed_gives_the_same_hashes(start: Start, small: dict[str, object]) -> None:
    runs = [start("sst2/centralized", **small) for _ in range(2)]
    hashes = []
    for run in runs:
        run.ok()
        rows = [
            json.loads(line) for line in (run.folder / "artifacts/weights.jsonl").read_text().splitlines()
        ]
        hashes.append([row["sha256"] for row in rows] + [(run.folder / "work/hashes.json").read_text()])
    assert hashes[0] == hashes[1]


# -- somebody dies ---------------------------------------------------------------------------------


def test_a_killed_client_of_flower_is_named_with_what_flower_did(
    start: Start, small: dict[str, object]
) -> None:
    federation = start("sst2/flower", pause="3s", **{**small, "rounds": 3})
    federation.wait_for_line("client-2", "Received: train", times=2)
    federation.kill("client-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 3
    reason = result["reason"]
    assert reason.startswith("client-2 ")
    assert "averaged the 2 results of the round without the 1 that failed" in reason
    assert "went on with 2 of 3 clients" in reason


# -- what is not there -----------------------------------------------------------------------------


def test_a_wrong_path_is_a_sentence_and_ends_the_run(start: Start, tmp_path: Path) -> None:
    result = start("sst2/centralized", data=tmp_path / "nothing").result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert f"no SST-2 at {tmp_path / 'nothing'}" in result["reason"]


def test_bert_that_cannot_be_had_is_a_sentence(
    start: Start, small: dict[str, object], tmp_path: Path
) -> None:
    params = {**small, "encoder": "bert", "bert_encoder": tmp_path, "bert_preprocess": tmp_path}
    result = start("sst2/centralized", **params).result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert f"there is no SavedModel (saved_model.pb) in {tmp_path}" in result["reason"]
