"""sst2/openfl-taskrunner, run for real on a few hundred sentences: OpenFL computes what the reference does, and the
last model is the last one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sst2_runs import (
    ACROSS_BACKENDS,
    ROUNDS,
    SAME_BACKEND,
    SMALL,
    assert_done,
    distance,
    global_weights,
    in_environment,
    process,
    reference_weights,
    verified,
)

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

COLLABORATORS = ("collaborator-1", "collaborator-2", "collaborator-3")
LAST_MODEL = """
import json, sys
from openfl.pipelines import NoCompressionPipeline
from openfl.protocols.utils import deconstruct_model_proto, load_proto
tensors, _ = deconstruct_model_proto(load_proto(sys.argv[1]), NoCompressionPipeline())
print(json.dumps({name.replace("/", "_"): tensor.tolist() for name, tensor in tensors.items()}))
"""
Start = Callable[..., Any]


def test_it_has_the_references_weights_in_every_round_and_openfls_last_model_is_the_last(
    start: Start,
) -> None:
    federation = start("sst2/openfl-taskrunner", **SMALL)
    result = federation.ok()
    assert_done(result)
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < SAME_BACKEND
    said = verified(federation.folder, "openfl-taskrunner")
    assert said["found"].keys() == {"model.npz", "model.keras"}
    assert {"round-001", "round-002", "final weights"} <= said["differences"].keys()

    # OpenFL by itself would leave the model of one round before.
    last = federation.folder / "work" / "workspace" / "save" / "last.pbuf"
    found = in_environment(federation.folder, "openfl-taskrunner", "-c", LAST_MODEL, last)
    assert distance([weights[-1]], [found]) == 0

    assert {process(result, name)["exit_code"] for name in ("aggregator", *COLLABORATORS)} == {0}

    # What OpenFL itself says of the weights that a round begins with is what the evaluator says of them.
    rows = [json.loads(line) for line in (federation.folder / "metrics.jsonl").read_text().splitlines()]
    ours = {
        row["round"]: row["value"] for row in rows if (row["scope"], row["name"]) == ("global", "accuracy")
    }
    theirs = {row["round"]: row["value"] for row in rows if row["name"] == "openfl_accuracy"}
    assert theirs == {round: pytest.approx(ours[round], abs=1e-6) for round in range(ROUNDS)}


def test_torch_collaborators_over_tls_have_the_references_weights_in_every_round(start: Start) -> None:
    federation = start("sst2/openfl-taskrunner", backend="torch", tls="true", **SMALL)
    assert_done(federation.ok())
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert "model.pt" in verified(federation.folder, "openfl-taskrunner")["found"]
    assert "insecure channel" not in (federation.folder / "logs" / "aggregator.log").read_text()


def test_a_lone_collaborator_that_is_late_is_enough(start: Start) -> None:
    """`min_clients` is 2 by default: more than there are. OpenFL would wait for the second for ever."""
    asked = {**SMALL, "clients": 1, "rounds": 1, "round_timeout": "1s", "pause": "3s"}
    federation = start("sst2/openfl-taskrunner", **asked)
    assert_done(federation.ok(), rounds=1)
    assert "cutoff timer elapsed" in (federation.folder / "logs" / "aggregator.log").read_text()
