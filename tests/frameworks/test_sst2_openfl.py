"""sst2/openfl, run for real on a few hundred sentences: OpenFL computes what the reference does, the last
model is the last one, and a living director takes a second experiment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sst2_runs import (
    ACROSS_BACKENDS,
    ROUNDS,
    SAME_BACKEND,
    SMALL,
    assert_done,
    distance,
    global_weights,
    process,
    reference_weights,
    verified,
)

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

ENVOYS = ("envoy-1", "envoy-2", "envoy-3")
STEP = Path(__file__).resolve().parents[1] / "support" / "step_stand_in"
Start = Callable[..., Any]


def test_two_experiments_on_one_director_both_have_the_references_weights_in_every_round(
    start: Start,
) -> None:
    federation = start("sst2/openfl", experiments=2, **SMALL)
    result = federation.ok()
    assert_done(result)
    weights, reference = global_weights(federation.folder), reference_weights(federation.folder)
    assert distance(weights, reference) < SAME_BACKEND
    again = federation.folder / "artifacts" / "experiment-2"
    second = [dict(np.load(again / f"round-{round:03d}.npz")) for round in range(ROUNDS + 1)]
    assert distance(weights, second) == 0

    # OpenFL's own last model would be one round old: verify.py compares it with the last round's weights.
    said = verified(federation.folder, "openfl")
    assert said["found"].keys() == {"model.npz", "model.keras"}
    assert {"round-001", "round-002", "final weights"} <= said["differences"].keys()

    # They live on when the experiments are over.
    assert {process(result, name)["signal"] for name in ("director", *ENVOYS)} == {"SIGTERM"}

    # What OpenFL itself says of the weights that a round begins with is what the evaluator says of them.
    rows = [json.loads(line) for line in (federation.folder / "metrics.jsonl").read_text().splitlines()]
    ours = {
        row["round"]: row["value"] for row in rows if (row["scope"], row["name"]) == ("global", "accuracy")
    }
    theirs = {row["round"]: row["value"] for row in rows if row["name"] == "openfl_accuracy"}
    assert theirs == {round: pytest.approx(ours[round], abs=1e-6) for round in range(ROUNDS)}


def test_torch_envoys_have_the_references_weights_in_every_round(start: Start) -> None:
    federation = start("sst2/openfl", backend="torch", **SMALL)
    assert_done(federation.ok())
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert "model.pt" in verified(federation.folder, "openfl")["found"]


# -- mutual TLS ------------------------------------------------------------------------------------


def test_with_certificates_of_openfls_own_ca_it_is_the_same_federation(start: Start) -> None:
    federation = start("sst2/openfl", backend="torch", tls="workspace", **SMALL)
    assert_done(federation.ok())
    assert_encrypted(federation.folder)
    assert distance(global_weights(federation.folder), reference_weights(federation.folder)) < ACROSS_BACKENDS


def test_fx_pki_is_typed_into_and_its_certificates_are_taken(start: Start, tmp_path: Path) -> None:
    # step and step-ca are programs that fx pki downloads; a small stand-in takes their place.
    for name in ("step", "step-ca"):
        folder = tmp_path / "tools" / f"{name}_0.16.0" / "bin"
        folder.mkdir(parents=True)
        (folder / name).symlink_to(STEP / name)
    federation = start("sst2/openfl", backend="torch", tls="pki", ca_tools=tmp_path / "tools", **SMALL)
    result = federation.ok()
    assert_done(result)
    assert_encrypted(federation.folder)
    assert [(step["step"], step["state"]) for step in result["steps"]] == [
        (name, "done") for name in ("password", "set-password", "repeat-password")
    ]
    log = (federation.folder / "logs" / "certificates.log").read_text()
    assert "fx pki certify -n envoy-3" in log


def assert_encrypted(run: Path) -> None:
    """Director and aggregator say so when they are not."""
    logs = [(run / "logs" / f"{name}.log").read_text() for name in ("director", *ENVOYS)]
    assert not any("insecure channel" in log for log in logs)
    assert all((run / "work" / "certificates" / f"{name}.crt").is_file() for name in ENVOYS)
