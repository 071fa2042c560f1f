"""sst2/ibmfl, run for real on a few hundred sentences: IBM FL computes what the reference does, its console
is typed into in the right order."""

from __future__ import annotations

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

PARTIES = ("party-1", "party-2", "party-3")
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


def test_torch_parties_have_the_references_weights_in_every_round_although_train_was_typed_for_each(
    start: Start,
) -> None:
    federation = start("sst2/ibmfl", backend="torch", experiments=ROUNDS, **SMALL)
    result = federation.ok()
    assert_done(result)
    trains = [step["state"] for step in result["steps"] if step["step"].startswith("train")]
    assert trains == ["done"] * ROUNDS
    assert federation.log("aggregator").count(b"Finished Global Training") == ROUNDS
    weights = global_weights(federation.folder)
    assert distance(weights, reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert "model.pt" in verified(federation.folder, "ibmfl")["found"]
