"""cifar10/ibmfl, run for real on a few hundred pictures: IBM FL computes what Flower does, its console is typed
into in the right order, and what it refuses is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cifar10_runs import (
    REAL,
    SAME_BACKEND,
    SMALL,
    assert_done,
    assert_flowers_weights,
    assert_only_what_is_learned_changed,
    global_weights,
    verify,
)

pytestmark = REAL

PARTIES = ("party-1", "party-2", "party-3")
Start = Callable[..., Any]


def test_it_has_flowers_weights_in_every_round_and_every_party_saves_the_last(start: Start) -> None:
    federation = start("cifar10/ibmfl", **SMALL)
    result = federation.ok()
    assert_done(result)
    flower = start("cifar10/flower", **SMALL)
    assert_done(flower.ok())
    assert_flowers_weights(federation.folder, flower.folder)

    assert [(step["step"], step["state"]) for step in result["steps"]] == [
        (name, "done") for name in ("initialized", "start", "registered", "train", "sync", "save", "stop")
    ]
    # IBM FL leaves them alive after STOP.
    signals = {row["name"]: row["signal"] for row in result["processes"]}
    assert {signals[party] for party in PARTIES} == {"SIGTERM"}

    # SAVE after SYNC: the same global model three times, each in its own folder.
    final = federation.folder / "artifacts" / "final"
    sizes = {(final / party / "cifar10_vgg_small.pt").stat().st_size for party in PARTIES}
    assert len(sizes) == 1
    assert sizes.pop() > 2_000_000
    assert "skew of the labels 0.3" in federation.notes()


@pytest.mark.parametrize("strategy", ["median", "krum"])
def test_a_fusion_of_ibm_fl_makes_of_the_updates_what_it_should(strategy: str, start: Start) -> None:
    run = start("cifar10/ibmfl", strategy=strategy, **SMALL | {"limit": 150, "rounds": 1})
    assert_done(run.ok(), rounds=1)
    said = verify(run.folder, "--retrain", "--tolerance", str(SAME_BACKEND))
    assert "round-001 retrained" in said["differences"]


def test_batchnorms_means_stay_at_home(start: Start) -> None:
    run = start("cifar10/ibmfl", norm="batch", **SMALL | {"limit": 150, "rounds": 1})
    assert_done(run.ok(), rounds=1)
    assert_only_what_is_learned_changed(*global_weights(run.folder, rounds=1))


def test_krum_with_too_few_parties_is_told_in_a_sentence(start: Start) -> None:
    run = start("cifar10/ibmfl", strategy="krum", faulty=1, **SMALL | {"limit": 150})
    assert run.result()["verdict"] == "failed"
    assert "Krum wants more than 2 * faulty + 2 parties" in run.notes()


def test_a_strategy_that_ibm_fl_lacks_is_a_usage_error_that_lists_what_it_has(start: Start) -> None:
    run = start("cifar10/ibmfl", strategy="fedprox", **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    said = run.errors.read_text()
    assert all(name in said for name in ("fedprox", "fedavg", "median", "krum"))


def test_a_party_killed_in_round_2_is_told_with_what_ibm_fl_did(start: Start) -> None:
    run = start("cifar10/ibmfl", pause="3s", max_timeout="20s", **SMALL | {"limit": 150})
    run.wait_for_line("party-2", "Local training started", times=2)
    run.kill("party-2")
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 1
    assert "IBM FL gave up the training" in run.notes()
