"""cifar10/tff, run for real on a few hundred pictures: TFF in Keras computes what plain torch and Flower do, and
its worker never outlives the run."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cifar10_runs import REAL, SMALL, assert_done, global_weights, verify
from data_folder import ROOT

from fltui.probe.processes import command_of, find_by_run

pytestmark = REAL

ACROSS_BACKENDS = 1e-4  # two rounds of four batches; measured with split=iid: 2e-6
KERAS_EPSILON = 2e-5  # measured with it: 9e-5
Start = Callable[..., Any]


def workers(federation: Any) -> list[int]:
    """The pids of the C++ workers that TFF started in this run."""
    run = json.loads((federation.folder / "manifest.json").read_text())["run"]
    return [pid for pid in find_by_run(run) if "worker_binary" in command_of(pid)]


def test_it_has_flowers_weights_in_every_round_although_its_worker_was_killed(start: Start) -> None:
    federation = start("cifar10/tff", **SMALL, pause="3s")
    federation.wait_for_round(2)
    first = workers(federation)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    result = federation.ok()  # nobody of the run lives on: that, too, is looked at there
    assert_done(result)
    flower = start("cifar10/flower", **SMALL)
    assert_done(flower.ok())
    said = verify(
        federation.folder, "--retrain", "--beside", flower.folder, "--tolerance", str(ACROSS_BACKENDS)
    )
    wanted = {"round-002 retrained", f"round-002 beside {flower.folder.name}", "weights of model.keras"}
    assert wanted <= said["differences"].keys()


def test_an_adaptive_strategy_makes_a_step_along_the_clients_mean_distance(start: Start) -> None:
    small = SMALL | {"limit": 150, "rounds": 1}
    adaptive = start("cifar10/tff", strategy="fedadam", server_lr=0.01, tau=0.01, **small)
    assert_done(adaptive.ok(), rounds=1)
    mean = start("cifar10/flower", **small)
    assert_done(mean.ok(), rounds=1)
    before, plain = global_weights(mean.folder, rounds=1)
    found = global_weights(adaptive.folder, rounds=1)[1]
    for name, array in before.items():
        delta = plain[name] - array
        # Adam's first step: .1 of the distance, .01 of its square, both made up for as nothing came before
        expected = array + 0.01 * (0.1 / 0.1) * 0.1 * delta / (np.sqrt(0.01 * delta**2) + 0.01)
        assert np.abs(expected - found[name]).max() < 1e-5
    moved = max(float(np.abs(found[name] - before[name]).max()) for name in found)
    assert moved > 1e-4


def test_groupnorms_epsilon_left_as_keras_has_it_is_found(start: Start, tmp_path: Path) -> None:
    """Broken on purpose, in a copy of the recipes."""
    recipes = tmp_path / "recipes"
    shutil.copytree(ROOT / "recipes", recipes)
    file = recipes / "common" / "cifar10" / "keras_vgg.py"
    text = file.read_text()
    assert "epsilon=EPSILON, " in text
    file.write_text(text.replace("epsilon=EPSILON, ", ""))
    broken = start(str(recipes / "cifar10" / "tff"), **SMALL)
    assert_done(broken.ok())
    said = verify(broken.folder, "--retrain", "--tolerance", str(KERAS_EPSILON), code=1)
    assert {"round-001 retrained", "round-002 retrained"} <= said["wrong"].keys()


@pytest.mark.parametrize(
    ("param", "value", "has"),
    [
        ("strategy", "fedprox", ["fedavg", "fedadam", "fedyogi", "fedadagrad"]),
        ("model", "vgg16", ["vgg_small"]),
        ("norm", "batch", ["auto", "group"]),
    ],
)
def test_what_tff_lacks_is_a_usage_error_that_lists_what_it_has(
    param: str, value: str, has: list[str], start: Start
) -> None:
    run = start("cifar10/tff", **SMALL | {param: value})
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    said = run.errors.read_text()
    assert all(name in said for name in (value, *has))
