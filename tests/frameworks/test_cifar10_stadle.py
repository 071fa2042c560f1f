"""cifar10/stadle, run for real on a few hundred pictures: STADLE's client with the stand-in aggregator computes
what Flower does, BatchNorm's means stay at home, and what it lacks is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cifar10_runs import (
    REAL,
    SMALL,
    assert_done,
    assert_flowers_weights,
    assert_only_what_is_learned_changed,
    global_weights,
)
from stadle_projects import SERVICE, TOKEN

pytestmark = REAL

Start = Callable[..., Any]


def test_it_has_flowers_weights_in_every_round(start: Start) -> None:
    small = SMALL | {"split": "iid", "limit": 150}
    stadle = start("cifar10/stadle", **small)
    flower = start("cifar10/flower", **small)  # meanwhile: STADLE's client sleeps a lot
    result = stadle.ok()
    assert_done(result)
    assert_done(flower.ok())
    assert_flowers_weights(stadle.folder, flower.folder)

    assert [(step["step"], step["state"]) for step in result["steps"]] == [
        (name, "done") for name in ("upload", "registered", "uploaded")
    ]
    assert "base model cifar10-vgg_small uploaded by admin_agent: 22 arrays" in stadle.notes("info")
    assert "skew of the labels 0." in stadle.notes("info")
    # The token is in the agents' configuration, which is gone.
    assert not (stadle.folder / "secrets" / "agent.json").exists()


@pytest.mark.long
def test_batchnorms_means_stay_at_home_also_in_what_agents_of_the_service_write_down(
    start: Start, somebody_elses: Callable[..., int]
) -> None:
    port = somebody_elses(agents=3, rounds=1)
    run = start(
        "cifar10/stadle",
        **SMALL | SERVICE | {"norm": "batch", "limit": 150, "rounds": 1},
        reg_port=port,
        comm_protocol="http",
    )
    assert_done(run.ok(), rounds=1)
    assert_only_what_is_learned_changed(*global_weights(run.folder, rounds=1))
    kept = [path for path in run.folder.rglob("*") if path.is_file()]
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []


def test_a_model_over_the_message_limit_is_refused_at_once_and_in_a_sentence(start: Start) -> None:
    run = start("cifar10/stadle", message_limit=1_000_000, **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["duration_s"] < 60  # most of it STADLE's client imports TensorFlow
    refused = "refused: a request of over 1,000,000 bytes"
    assert f"the upload failed: RuntimeError: {refused}" in run.notes("error")


def test_a_strategy_that_stadle_lacks_is_a_usage_error_that_lists_what_it_has(start: Start) -> None:
    run = start("cifar10/stadle", strategy="fedprox", **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    said = run.errors.read_text()
    assert all(name in said for name in ("fedprox", "fedavg"))
