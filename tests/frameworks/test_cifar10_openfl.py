"""cifar10/openfl, run for real on a few hundred pictures: OpenFL computes what Flower does, and a living director
takes a second experiment with nothing of the first in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cifar10_runs import (
    REAL,
    SMALL,
    assert_done,
    assert_flowers_weights,
    assert_scores_as_we_do,
    distance,
    global_weights,
)

pytestmark = REAL

Start = Callable[..., Any]


def test_it_has_flowers_weights_in_every_round_and_says_of_them_what_the_evaluator_does(start: Start) -> None:
    federation = start("cifar10/openfl", **SMALL)
    result = federation.ok()
    assert_done(result)
    flower = start("cifar10/flower", **SMALL)
    assert_done(flower.ok())
    # Of the final model, too: OpenFL's own last one, which the experiment takes home, would be one round old.
    assert_flowers_weights(federation.folder, flower.folder)

    # The experiment is over, and they live on.
    signals = {row["name"]: row["signal"] for row in result["processes"]}
    assert {signals[name] for name in ("director", "envoy-1", "envoy-2", "envoy-3")} == {"SIGTERM"}

    # Each envoy scores a third of the pictures that the evaluator scores.
    assert_scores_as_we_do(federation.folder, "openfl_accuracy")


def test_an_adaptive_strategy_of_a_second_experiment_begins_anew(start: Start) -> None:
    small = SMALL | {"limit": 150, "rounds": 1}
    run = start(
        "cifar10/openfl",
        strategy="fedadam",
        server_lr=0.01,
        tau=0.01,
        experiments=2,
        tls="workspace",
        **small,
    )
    assert_done(run.ok(), rounds=1)
    weights = global_weights(run.folder, rounds=1)
    again = run.folder / "artifacts" / "experiment-2"
    second = [dict(np.load(again / f"round-{round:03d}.npz")) for round in (0, 1)]
    assert distance(weights, second) == 0

    files = [run.folder / "artifacts" / "clients" / f"round-001-client-{n}.npz" for n in (1, 2, 3)]
    clients = [np.load(file) for file in files]
    counts = [int(update["num_examples"]) for update in clients]
    for name, before in weights[0].items():
        delta = np.average([update[name] for update in clients], axis=0, weights=counts) - before
        expected = before + 0.01 * delta / (np.abs(delta) + 0.01)  # Adam's first step
        assert np.abs(expected - weights[1][name]).max() < 1e-6
    assert not any("insecure channel" in log.read_text() for log in (run.folder / "logs").glob("*.log"))


def test_a_strategy_that_openfl_lacks_is_a_usage_error_that_lists_what_it_has(start: Start) -> None:
    run = start("cifar10/openfl", strategy="krum", **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    said = run.errors.read_text()
    assert all(
        name in said for name in ("krum", "fedavg", "fedprox", "fedadam", "fedyogi", "fedadagrad", "median")
    )
