"""The CIFAR-10 recipes, run for real on a few hundred pictures: they agree, they survive, they say what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cifar10_runs import PICTURES, REAL, SAME_BACKEND, SMALL, assert_done, distance, global_weights, verify
from data_folder import ROOT

pytestmark = REAL

RECIPES = [
    f"cifar10/{file.parent.name}" for file in sorted((ROOT / "recipes" / "cifar10").glob("*/recipe.yaml"))
]
Start = Callable[..., Any]


# -- they agree ------------------------------------------------------------------------------------


def test_both_flows_of_flower_have_the_weights_of_plain_torch_in_every_round(start: Start) -> None:
    modern = start("cifar10/flower-superlink", **SMALL)
    assert_done(modern.ok())
    legacy = start("cifar10/flower", **SMALL)
    assert_done(legacy.ok())
    assert distance(global_weights(modern.folder), global_weights(legacy.folder)) < SAME_BACKEND
    assert "skew of the labels 0.3" in legacy.notes()
    for run, other in ((modern, legacy), (legacy, modern)):
        said = verify(run.folder, "--retrain", "--beside", other.folder, "--tolerance", SAME_BACKEND)
        assert {"round-001", "round-002", "round-002 retrained"} <= said["differences"].keys()
        assert "accuracy of model.pt" in said["differences"]


def test_one_client_of_flower_computes_what_centralized_training_does(start: Start) -> None:
    alone = start("cifar10/flower", clients=1, split="iid", **SMALL)
    assert_done(alone.ok())
    baseline = start("cifar10/centralized", split="iid", **SMALL)
    assert_done(baseline.ok())
    assert distance(global_weights(alone.folder), global_weights(baseline.folder)) < SAME_BACKEND
    verify(baseline.folder, "--retrain", "--tolerance", SAME_BACKEND)


def test_the_same_seed_gives_the_same_bits(start: Start) -> None:
    runs = [start("cifar10/centralized", **SMALL | {"rounds": 1, "seed": seed}) for seed in (0, 0, 1)]
    for run in runs:
        run.ok()
    first, again, other = (global_weights(run.folder, rounds=1) for run in runs)
    assert distance(first, again) == 0
    assert distance(first, other) > 0.1


def test_what_is_broken_on_purpose_is_found_in_the_run(start: Start, tmp_path: Path) -> None:
    """An optimizer whose momentum goes on over the rounds, in a copy of the recipes."""
    recipes = tmp_path / "recipes"
    shutil.copytree(ROOT / "recipes", recipes)
    file = recipes / "common" / "cifar10" / "torch_vgg.py"
    text = file.read_text()
    keep = "    KEPT[:] = [optimizer.state[array]['momentum_buffer'] for array in model.parameters()]\n"
    take = (
        "    for array, old in zip(model.parameters(), KEPT):\n"
        "        optimizer.state[array]['momentum_buffer'] = old\n"
    )
    for old, new in (
        ("MOMENTUM = 0.9\n", "MOMENTUM = 0.9\nKEPT = []\n"),
        ("    model.train()\n", take + "    model.train()\n"),
        ('    return {"accuracy": right', keep + '    return {"accuracy": right'),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    broken = start(str(recipes / "cifar10" / "flower"), **SMALL)
    assert_done(broken.ok())
    said = verify(broken.folder, "--retrain", code=1)
    assert said["wrong"].keys() == {"round-002 retrained"}, "the first round has no momentum to keep"
    right = start("cifar10/flower", **SMALL)
    right.ok()
    said = verify(broken.folder, "--beside", right.folder, code=1)
    assert list(said["wrong"]) == [f"round-002 beside {right.folder.name}"]


# -- strategies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "strategy", "options"),
    [
        ("cifar10/flower", "fedprox", {"mu": 1.0}),
        ("cifar10/flower-superlink", "fedprox", {"mu": 1.0}),
        ("cifar10/flower", "trimmed_mean", {}),
        ("cifar10/flower", "krum", {}),
    ],
)
def test_a_strategy_gives_the_weights_that_it_should(
    recipe: str, strategy: str, options: dict[str, float], start: Start
) -> None:
    run = start(recipe, strategy=strategy, **options, **SMALL | {"limit": 150})
    assert_done(run.ok())
    said = verify(run.folder, "--retrain", "--tolerance", SAME_BACKEND)
    assert "round-002 retrained" in said["differences"]


def test_an_adaptive_strategy_is_the_same_in_both_flows(start: Start) -> None:
    small = SMALL | {"limit": 150, "strategy": "fedadam", "server_lr": 0.01, "tau": 0.01}
    runs = [start(recipe, **small) for recipe in ("cifar10/flower", "cifar10/flower-superlink")]
    for run in runs:
        assert_done(run.ok())
    legacy, modern = (global_weights(run.folder) for run in runs)
    assert distance(legacy, modern) < 10 * SAME_BACKEND
    assert verify(runs[0].folder)["not_recomputed"] == ["round-001: fedadam", "round-002: fedadam"]
    # FedAdam's first step, as Flower takes it
    clients = [
        np.load(runs[0].folder / "artifacts" / "clients" / f"round-001-client-{n}.npz") for n in (1, 2, 3)
    ]
    counts = [int(update["num_examples"]) for update in clients]
    for name, before in legacy[0].items():
        delta = np.average([update[name] for update in clients], axis=0, weights=counts) - before
        rate = 0.01 * np.sqrt(1 - 0.99**2) / (1 - 0.9**2)
        expected = before + rate * 0.1 * delta / (np.sqrt(0.01 * delta**2) + 0.01)
        assert np.abs(expected - legacy[1][name]).max() < 1e-5


def test_a_strategy_that_flower_lacks_is_a_usage_error_that_lists_what_it_has(start: Start) -> None:
    run = start("cifar10/flower", strategy="scaffold", **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    said = run.errors.read_text()
    assert "scaffold" in said
    for name in ("fedavg", "fedprox", "fedadam", "fedyogi", "fedadagrad", "median", "trimmed_mean", "krum"):
        assert name in said


def test_an_adaptive_strategy_and_batchnorm_do_not_go_together(start: Start) -> None:
    run = start("cifar10/flower", strategy="fedyogi", norm="batch", **SMALL)
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    assert "strategy=fedyogi does not go with norm=batch" in run.errors.read_text()


# -- models, splits, devices -------------------------------------------------------------------------


def test_batchnorm_travels_with_flower(start: Start) -> None:
    run = start("cifar10/flower", norm="batch", split="dirichlet", alpha=1, **SMALL)
    assert_done(run.ok())
    before, _, after = global_weights(run.folder)
    running = [name for name in after if "running_" in name]
    assert len(running) == 10
    assert all(np.abs(after[name] - before[name]).max() > 1e-3 for name in running)


def test_a_gpu_that_is_not_there_is_said_in_a_sentence(start: Start) -> None:
    run = start("cifar10/centralized", device="cuda:99", **SMALL)
    assert run.result()["verdict"] == "failed"
    said = run.errors.read_text()
    assert "device=cuda:99, but" in said
    assert "Traceback" not in said.split("its last lines")[0]


# -- somebody dies, something is missing -------------------------------------------------------------


def test_a_client_killed_in_round_2_is_named_with_what_flower_did(start: Start) -> None:
    run = start("cifar10/flower", pause="3s", **SMALL | {"rounds": 3})
    run.wait_for_line("client-2", "Received: train", times=2)
    run.kill("client-2")
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 3
    assert result["reason"].startswith("client-2 ")
    assert "in round 2" in result["reason"]
    assert "aggregated the 2 results of the round without the 1 that failed" in result["reason"]


def test_data_that_is_not_there_ends_the_run_with_what_was_looked_for(start: Start, tmp_path: Path) -> None:
    run = start("cifar10/centralized", **SMALL | {"data": tmp_path})
    result = run.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("prepare ")
    assert f"no CIFAR-10 at {tmp_path}: wanted is" in run.notes()


# -- the whole of it ---------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("recipe", RECIPES)
def test_five_rounds_on_all_pictures_of_the_file_learn_something(recipe: str, start: Start) -> None:
    run = start(recipe, data=PICTURES)
    result = run.ok()
    assert_done(result, rounds=5)
    assert result["metrics"]["accuracy"] >= 0.25
    split = json.loads((run.folder / "artifacts" / "split.json").read_text())
    assert len(split["labels"]) == 3
