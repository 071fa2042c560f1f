"""sst2/ibmfl, run for real on a few hundred sentences: IBM FL computes what the reference does, its console
is typed into in the right order, and who dies is named with what IBM FL did."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sst2_runs import (
    ACROSS_BACKENDS,
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

PARTIES = ("party-1", "party-2", "party-3")
DRILL = {"backend": "torch", "rounds": 3, "pause": "3s", "max_timeout": "20s"}  # torch starts faster
SAVED_MODELS = """
import json, sys
import tensorflow as tf
heads = [tf.keras.models.load_model(path, compile=False).get_weights() for path in sys.argv[1:]]
print(json.dumps([[array.tolist() for array in head] for head in heads]))
"""
Start = Callable[..., Any]


def test_it_has_the_references_weights_in_every_round_and_every_party_saves_the_last(start: Start) -> None:
    federation = start("sst2/ibmfl", **SMALL)
    result = federation.ok()
    assert_done(result)
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < SAME_BACKEND
    said = verified(federation.folder, "ibmfl")
    assert said["found"].keys() == {"model.npz", "model.keras"}
    assert {"round-001", "round-002"} <= said["differences"].keys()

    assert [(step["step"], step["state"]) for step in result["steps"]] == [
        (name, "done") for name in ("initialized", "start", "registered", "train", "sync", "save", "stop")
    ]
    # IBM FL leaves them alive after STOP.
    assert {process(result, party)["signal"] for party in PARTIES} == {"SIGTERM"}

    # SAVE after SYNC: the global model, three times, each in its own folder.
    final = federation.folder / "artifacts" / "final"
    folders = [final / party / "sst2_head" for party in PARTIES]
    for head in in_environment(federation.folder, "ibmfl", "-c", SAVED_MODELS, *folders):
        assert distance([weights[-1]], [dict(zip(weights[-1], head, strict=True))]) < 1e-7


def test_torch_parties_have_the_references_weights_in_every_round(start: Start) -> None:
    federation = start("sst2/ibmfl", backend="torch", **SMALL)
    assert_done(federation.ok())
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert "model.pt" in verified(federation.folder, "ibmfl")["found"]


def test_a_party_killed_in_round_2_ends_the_training_at_max_timeout(start: Start) -> None:
    federation = start("sst2/ibmfl", **SMALL | DRILL)
    federation.wait_for_line("party-2", "Local training started", times=2)
    federation.kill("party-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 1
    assert process(result, "party-2")["signal"] == "SIGKILL"
    assert process(result, "aggregator")["exit_code"] == 0, "IBM FL's own exit code hides it"
    assert result["reason"].startswith("party-2 ")
    assert "in round 2" in result["reason"]
    assert "2 of 3 parties answered within max_timeout, perc_quorum wants 3" in result["reason"]


def test_with_a_smaller_quorum_it_goes_on_without_the_party_that_was_killed(start: Start) -> None:
    federation = start("sst2/ibmfl", perc_quorum=0.6, **SMALL | DRILL)
    federation.wait_for_line("party-2", "Local training started", times=2)
    federation.kill("party-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 3
    assert result["reason"].startswith("party-2 ")
    assert "round 2 averaged 2 of 3 parties" in result["reason"]


def test_a_killed_aggregator_ends_the_run_within_15_seconds(start: Start) -> None:
    federation = start("sst2/ibmfl", **SMALL | DRILL)
    federation.wait_for_round(2)
    killed = federation.kill("aggregator")
    result = federation.result()
    assert time.monotonic() - killed < 15
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("aggregator "), result["reason"]
    assert process(result, "aggregator")["signal"] == "SIGKILL"
