"""cifar10/openfl-taskrunner, run for real on a few hundred pictures: OpenFL's task runner computes what plain torch
does, with FedProx and BatchNorm, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cifar10_runs import (
    REAL,
    SAME_BACKEND,
    SMALL,
    assert_done,
    assert_scores_as_we_do,
    global_weights,
    verify,
)

pytestmark = REAL

Start = Callable[..., Any]


def test_it_has_plain_torchs_weights_in_every_round_and_says_of_them_what_the_evaluator_does(
    start: Start,
) -> None:
    """With FedProx: the collaborators' term in the loss, the aggregator's mean."""
    federation = start("cifar10/openfl-taskrunner", strategy="fedprox", mu=1.0, **SMALL)
    result = federation.ok()
    assert_done(result)
    said = verify(federation.folder, "--retrain", "--tolerance", str(SAME_BACKEND))
    assert {"round-001", "round-002", "round-001 retrained", "round-002 retrained"} <= said[
        "differences"
    ].keys()
    assert said["found"].keys() == {"model.pt"}
    assert {row["exit_code"] for row in result["processes"]} == {0}

    # Each collaborator scores a third of the pictures that the evaluator scores.
    assert_scores_as_we_do(federation.folder, "openfl_accuracy")


def test_batchnorm_travels_and_the_median_is_taken_of_it_too(start: Start) -> None:
    small = SMALL | {"limit": 150, "rounds": 1}
    run = start("cifar10/openfl-taskrunner", strategy="median", norm="batch", **small)
    assert_done(run.ok(), rounds=1)
    before, after = global_weights(run.folder, rounds=1)
    running = [name for name in after if "running_" in name]
    assert len(running) == 10
    assert all(np.abs(after[name] - before[name]).max() > 1e-3 for name in running)
    assert "round-001" in verify(run.folder)["differences"]
