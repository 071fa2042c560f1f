"""The SST-2 recipes, run for real on a few hundred sentences: they learn, they agree, they survive."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sst2_runs import (
    ACROSS_BACKENDS,
    ROOT,
    SAME_BACKEND,
    SMALL,
    assert_done,
    distance,
    environment_python,
    global_weights,
    reference_weights,
    verified,
)

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

Start = Callable[..., Any]


def answers(run: Path) -> np.ndarray:
    """What the final head says of each validation sentence."""
    weights, held_out = global_weights(run)[-1], np.load(run / "work" / "held-out.npz")
    x = held_out["x"]
    for layer in ("hidden1", "hidden2"):
        x = (x @ weights[f"{layer}_kernel"] + weights[f"{layer}_bias"]).clip(min=0)
    return (x @ weights["output_kernel"] + weights["output_bias"])[:, 0] > 0


def hashes(run: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads((run / "work" / "hashes.json").read_text())
    rows = [json.loads(line) for line in (run / "artifacts" / "weights.jsonl").read_text().splitlines()]
    return said | {f"round {row['round']}": row["sha256"] for row in rows}


# -- they learn, and agree -------------------------------------------------------------------------


def test_both_flows_of_flower_and_both_backends_have_the_references_weights_in_every_round(
    start: Start,
) -> None:
    modern = start("sst2/flower-superlink", **SMALL)
    assert_done(modern.ok())
    legacy = start("sst2/flower", **SMALL)
    assert_done(legacy.ok())
    torch = start("sst2/flower", backend="torch", **SMALL)
    assert_done(torch.ok())
    keras, reference = global_weights(legacy.folder), reference_weights(legacy.folder)
    assert distance([reference[0]] * 3, reference) > 1e-3
    assert distance(keras, reference) < SAME_BACKEND
    assert distance(keras, global_weights(modern.folder)) < SAME_BACKEND
    assert distance(keras, global_weights(torch.folder)) < ACROSS_BACKENDS
    assert (answers(modern.folder) != answers(legacy.folder)).sum() <= 2
    assert (answers(torch.folder) != answers(legacy.folder)).sum() <= 10

    for federation, final in ((modern, "model.keras"), (legacy, "model.keras"), (torch, "model.pt")):
        said = verified(federation.folder, "flower")
        assert {"model.npz", final} == said["found"].keys()
        assert {f"accuracy of {final}", "round-001", "round-002"} <= said["differences"].keys()


def test_one_client_of_flower_computes_what_centralized_training_does(start: Start) -> None:
    alone = start("sst2/flower", clients=1, **SMALL)
    assert_done(alone.ok())
    baseline = start("sst2/centralized", **SMALL)
    assert_done(baseline.ok())
    assert distance(global_weights(alone.folder), global_weights(baseline.folder)) < SAME_BACKEND
    assert "model.keras" in verified(baseline.folder, "data")["found"]


def test_the_same_seed_gives_the_same_hashes_and_another_changes_all_but_the_data(start: Start) -> None:
    runs = [start("sst2/centralized", **SMALL, backend="torch", seed=seed) for seed in (0, 0, 1)]
    for run in runs:
        run.ok()
    first, again, other = (hashes(run.folder) for run in runs)
    assert first == again
    assert {name for name in first if first[name] == other[name]} == {"data"}


def test_the_whole_model_with_bert_inside_learns_what_the_head_on_kept_vectors_does(
    start: Start, tmp_path: Path
) -> None:
    first = start("sst2/centralized", **SMALL)
    assert_done(first.ok())
    make = ROOT / "tests" / "recipes" / "sst2" / "small_bert.py"
    subprocess.run(
        [environment_python(first.folder, "data"), make, tmp_path],
        check=True,
        capture_output=True,
        timeout=200,
        env=os.environ | {"PYTHONPATH": str(ROOT / "recipes" / "common")},
    )
    bert = {"bert_preprocess": tmp_path / "preprocess", "bert_encoder": tmp_path / "encoder"}
    params = SMALL | bert | {"encoder": "bert", "target": 0}
    kept, inline = start("sst2/centralized", **params), start("sst2/centralized", **params, inline=True)
    one, other = (run.ok()["metrics"]["accuracy"] for run in (kept, inline))
    assert one == pytest.approx(other, abs=2 / 872)
    assert distance(global_weights(kept.folder), global_weights(inline.folder)) < SAME_BACKEND
    assert (inline.folder / "artifacts" / "final" / "whole_model" / "saved_model.pb").is_file()


def test_inline_without_bert_ends_the_run_with_a_sentence(start: Start) -> None:
    federation = start("sst2/centralized", **SMALL, inline=True)
    assert federation.result()["verdict"] == "failed"
    assert "inline trains the model of the book" in federation.errors.read_text()


# -- what a person did wrong -----------------------------------------------------------------------


def test_data_that_is_not_there_ends_the_run_with_what_was_looked_for(start: Start, tmp_path: Path) -> None:
    federation = start("sst2/centralized", **SMALL, data=tmp_path)
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("prepare ")
    said = [event["data"]["text"] for event in federation.events() if event["kind"] == "note"]
    assert any(f"no SST-2 at {tmp_path}" in text for text in said)
    assert f"no SST-2 at {tmp_path}" in federation.errors.read_text()


def test_bert_that_cannot_be_had_ends_the_run_with_what_is_missing(start: Start, tmp_path: Path) -> None:
    params = SMALL | {"encoder": "bert", "bert_encoder": tmp_path, "bert_preprocess": tmp_path}
    federation = start("sst2/centralized", **params)
    assert federation.result()["verdict"] == "failed"
    assert f"there is no SavedModel (saved_model.pb) in {tmp_path}" in federation.errors.read_text()
