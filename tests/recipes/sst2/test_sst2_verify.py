"""The separate script that recomputes an SST-2 run: it agrees with an honest one, and sees what is false in
another, parity above all: what was trained otherwise than agreed has about the same accuracy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy_reference import Adam, average, federated_round, order_of, train, widened

from batch_order import batch_order
from sst2.head import initial_weights, score
from sst2.work_folder import UNION, Shard, order_hash
from weight_files import final_file, load_arrays, round_file, save_arrays, save_update

RECIPE = Path(__file__).resolve().parents[3] / "recipes" / "sst2"
VERIFY = RECIPE / "verify.py"
WIDTH, ROWS, LR, BATCH = 24, 200, 1e-3, 64
FAULTS = ["optimizer", "order", "shard"]
PARAMS = {"seed": 0, "local_epochs": 1, "batch_size": BATCH, "lr": LR}


def sentences(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Vectors with a direction that says the label, as sentence vectors have one."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows).astype(np.float32)
    x = rng.normal(0.0, 0.3, (rows, WIDTH)).astype(np.float32)
    x[:, :4] += 0.3 * (2 * y[:, None] - 1)
    return {"x": x, "y": y}


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A run folder as it is before the first round."""
    run, work = tmp_path / "run", tmp_path / "run" / "work"
    shards = [sentences(ROWS, client) for client in (1, 2, 3)]
    orders = {}
    for client, shard in enumerate(shards, start=1):
        save_arrays(work / "shards" / f"client-{client}.npz", shard)
        orders[f"client-{client}"] = order_hash(Shard(shard["x"], shard["y"], 0, client))
    x, y = (np.concatenate([shard[name] for shard in shards]) for name in ("x", "y"))
    orders[UNION] = order_hash(Shard(x, y, 0, 1))
    save_arrays(work / "held-out.npz", sentences(872, 9))
    save_arrays(work / "initial.npz", initial_weights(0, WIDTH))
    task = {"clients": 3, "seed": 0, "width": WIDTH, "first_orders": orders}
    (work / "task.json").write_text(json.dumps(task))
    (run / "manifest.json").write_text(json.dumps({"plan": {"framework": "any", "params": PARAMS}}))
    return run


def claim(run: Path) -> float:
    """Writes what our evaluator would say of the final weights; returns the accuracy."""
    held_out = load_arrays(run / "work" / "held-out.npz")
    accuracy, loss = score(load_arrays(final_file(run / "artifacts")), held_out["x"], held_out["y"])
    rows = [
        {"t": 1.0, "round": 3, "process": "evaluate", "scope": "global", "name": name, "value": value}
        for name, value in {"accuracy": accuracy, "loss": loss}.items()
    ]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return accuracy


def federate(run: Path, fault: str = "none") -> float:
    """Three rounds in numpy; with `fault`, something is not as agreed. Returns the accuracy."""
    shards = [load_arrays(run / "work" / "shards" / f"client-{client}.npz") for client in (1, 2, 3)]
    if fault == "shard":
        shards = [shards[0], shards[2], shards[1]]
    weights, artifacts = widened(load_arrays(run / "work" / "initial.npz")), run / "artifacts"
    save_arrays(round_file(artifacts, 0), weights)
    kept = [Adam(LR) for _ in shards]
    for number in (1, 2, 3):
        updates = []
        for client, shard in enumerate(shards, start=1):
            order = order_of(1 if fault == "order" else 0, number, client, ROWS)
            adam = kept[client - 1] if fault == "optimizer" else Adam(LR)
            updates.append((train(weights, shard["x"], shard["y"], order, BATCH, adam), ROWS))
            save_update(artifacts, number, client, *updates[-1])
        weights = average(updates)
        save_arrays(round_file(artifacts, number), weights)
    save_arrays(final_file(artifacts), weights)
    return claim(run)


def verify(run: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(VERIFY), str(run), *words],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_an_honest_run_agrees_in_every_round(prepared: Path) -> None:
    federate(prepared)
    code, said = verify(prepared, "--retrain")
    assert (code, said["wrong"]) == (0, {})
    rounds = {"round-001", "round-002", "round-003"}
    scores = {"accuracy of model.npz", "loss of model.npz", "final weights"}
    assert said["differences"].keys() == rounds | {f"{name} retrained" for name in rounds} | scores


def test_a_false_accuracy_is_seen(prepared: Path) -> None:
    accuracy = federate(prepared)
    text = (prepared / "metrics.jsonl").read_text()
    (prepared / "metrics.jsonl").write_text(text.replace(str(accuracy), str(accuracy + 2e-6), 1))
    code, said = verify(prepared)
    assert (code, said["wrong"].keys()) == (1, {"accuracy of model.npz"})


def test_an_average_without_one_client_is_seen(prepared: Path) -> None:
    federate(prepared)
    (prepared / "artifacts" / "clients" / "round-002-client-3.npz").unlink()
    code, said = verify(prepared)
    assert (code, said["wrong"].keys()) == (1, {"round-002"})


@pytest.mark.parametrize("fault", FAULTS)
def test_training_that_is_not_as_agreed_is_seen_by_training_again_and_not_by_accuracy(
    prepared: Path, tmp_path: Path, fault: str
) -> None:
    shutil.copytree(prepared, tmp_path / "honest")
    right, accuracy = federate(tmp_path / "honest"), federate(prepared, fault)
    assert abs(accuracy - right) < 0.03
    assert verify(prepared)[0] == 0, "accuracy, loss and averages are all in order"
    code, said = verify(prepared, "--retrain")
    assert code == 1
    assert "round-002 retrained" in said["wrong"]
    assert min(said["wrong"].values()) > 1e-3


def test_training_in_one_place_is_one_client_with_all_sentences(prepared: Path) -> None:
    manifest = {"plan": {"framework": "centralized", "params": PARAMS}}
    (prepared / "manifest.json").write_text(json.dumps(manifest))
    shards = [load_arrays(prepared / "work" / "shards" / f"client-{client}.npz") for client in (1, 2, 3)]
    x, y = (np.concatenate([shard[name] for shard in shards]) for name in ("x", "y"))
    weights = widened(load_arrays(prepared / "work" / "initial.npz"))
    save_arrays(round_file(prepared / "artifacts", 0), weights)
    weights = train(weights, x, y, batch_order(0, 1, 1, len(y)), BATCH, Adam(LR))
    save_arrays(round_file(prepared / "artifacts", 1), weights)
    save_arrays(final_file(prepared / "artifacts"), weights)
    claim(prepared)
    code, said = verify(prepared, "--retrain")
    assert (code, "round-001 retrained" in said["differences"]) == (0, True)


def test_the_reference_draws_the_order_that_the_recipes_draw() -> None:
    assert (order_of(3, 2, 1, 50, epochs=2) == batch_order(3, 2, 1, 50, epochs=2)).all()
    assert federated_round.__module__ == "numpy_reference"


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_a_backends_training_agrees_and_is_found_out_when_it_is_broken_on_purpose(
    backend: str, prepared: Path, tmp_path: Path, in_environment: Callable[..., str]
) -> None:
    for fault in ("none", *FAULTS):
        shutil.copytree(prepared, tmp_path / fault)
    in_environment("flower", "break_parity.py", tmp_path, backend, cwd=tmp_path)
    for fault in FAULTS:
        claim(tmp_path / fault)
        code, said = verify(tmp_path / fault, "--retrain")
        assert (code, bool(said["wrong"])) == (1, True), fault
        assert all(name.endswith(" retrained") for name in said["wrong"]), fault
    claim(tmp_path / "none")
    text = in_environment("flower", VERIFY, tmp_path / "none", "--retrain", cwd=tmp_path)
    said = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert (len(said["found"]), said["wrong"]) == (2, {}), "model.npz and the backend's own"
