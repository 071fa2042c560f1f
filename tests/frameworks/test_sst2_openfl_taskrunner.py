"""sst2/openfl-taskrunner, run for real on a few hundred sentences: OpenFL computes what the reference does, the
last model is the last one, and who dies is named with what OpenFL did."""

from __future__ import annotations

import json
import time
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
DRILL = {"backend": "torch", "rounds": 3, "pause": "3s", "round_timeout": "10s"}
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


def test_a_collaborator_killed_in_round_2_is_left_out_of_it_at_round_timeout(start: Start) -> None:
    federation = start("sst2/openfl-taskrunner", **SMALL | DRILL)
    federation.wait_for_round(2)
    federation.kill("collaborator-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 3, "the others go on"
    assert process(result, "collaborator-2")["signal"] == "SIGKILL"
    assert process(result, "aggregator")["exit_code"] == 0, "OpenFL's own exit code hides it"
    assert result["reason"].startswith("collaborator-2 ")
    assert "in round 2" in result["reason"]
    assert "round 2 averaged 2 of 3 collaborators" in result["reason"]


def test_a_killed_aggregator_ends_the_run_within_15_seconds(start: Start) -> None:
    federation = start("sst2/openfl-taskrunner", **SMALL | DRILL)
    federation.wait_for_round(2)
    killed = federation.kill("aggregator")
    result = federation.result()
    assert time.monotonic() - killed < 15
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("aggregator "), result["reason"]
    assert process(result, "aggregator")["signal"] == "SIGKILL"
