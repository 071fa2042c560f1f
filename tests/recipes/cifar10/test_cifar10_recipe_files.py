"""The CIFAR-10 recipes as files: their guides cover them, and they can be compared with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cifar10.split import SPLITS, SplitNumbers
from cifar10.vgg import MODELS, NORMS
from fltui.recipe.errors import ValueProblem
from fltui.recipe.inputs import resolve_values
from fltui.recipe.load import load
from fltui.recipe.params import param_value
from fltui.recipe.recipe_model import Recipe

FOLDER = Path(__file__).resolve().parents[3] / "recipes" / "cifar10"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/recipe.yaml"))
SHARED = [
    *(
        "rounds",
        "clients",
        "local_epochs",
        "batch_size",
        "lr",
        "seed",
        "target",
        "data",
        "limit",
        "test_limit",
    ),
    *("model", "norm", "outputs", "augment", "split", "sel_count", "def_count", "focus", "alpha"),
    *("shards_per_client", "device", "threads", "pause"),
]
STRATEGIES = {"fedavg", "fedprox", "fedadam", "fedyogi", "fedadagrad", "median", "trimmed_mean", "krum"}


def recipe(name: str) -> Recipe:
    return load(FOLDER / name / "recipe.yaml")


@pytest.mark.parametrize("param", SHARED)
def test_a_shared_param_has_the_same_type_default_and_bounds_in_all(param: str) -> None:
    found = {name: recipe(name).params[param] for name in NAMES if param in recipe(name).params}
    kinds = {(p.type, str(p.default), p.min, p.max) for p in found.values()}
    assert len(kinds) == 1
    # A framework may lack a model or a normalization, and then does not offer it.
    everything = set(recipe("centralized").params[param].choices or ())
    assert all(set(p.choices or ()) <= everything for p in found.values())
    assert {"centralized", "flower", "flower-superlink"} <= set(found)


@pytest.mark.parametrize("name", ["flower", "flower-superlink"])
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_flower_refuses_an_adaptive_strategy_with_batchnorm_and_says_what_goes(
    name: str, strategy: str
) -> None:
    sets = {"strategy": strategy, "norm": "batch"}
    if strategy not in ("fedadam", "fedyogi", "fedadagrad"):
        assert resolve_values(recipe(name), sets).params["norm"] == "batch"
        return
    with pytest.raises(ValueProblem) as caught:
        resolve_values(recipe(name), sets)
    told = str(caught.value)
    assert told.startswith(f"strategy={strategy} does not go with norm=batch")
    assert f"with {strategy} norm=group and norm=none" in told
    for other in STRATEGIES - {"fedadam", "fedyogi", "fedadagrad"}:
        assert other in told


@pytest.mark.parametrize("name", [name for name in NAMES if name != "centralized"])
def test_a_framework_offers_only_strategies_under_the_names_that_all_share(name: str) -> None:
    strategy = recipe(name).params.get("strategy")
    if strategy is None:
        assert name not in ("flower", "flower-superlink")
        return
    assert strategy.default == "fedavg"
    assert set(strategy.choices or ()) <= STRATEGIES
    if recipe(name).framework == "flower":
        assert set(strategy.choices or ()) == STRATEGIES


@pytest.mark.parametrize("name", [name for name in NAMES if "tau" in recipe(name).params])
def test_a_tau_that_divides_by_nothing_is_refused(name: str) -> None:
    """Where no client moved a weight, an adaptive strategy divides 0 by tau."""
    with pytest.raises(ValueError, match="tau is at least"):
        param_value("tau", recipe(name).params["tau"], "0", FOLDER)


def test_the_params_say_what_the_code_offers() -> None:
    params, numbers = recipe("centralized").params, SplitNumbers()
    assert list(params["split"].choices or ()) == list(SPLITS)
    assert set(params["model"].choices or ()) == set(MODELS)
    assert list(params["norm"].choices or ()) == list(NORMS)
    for name in ("sel_count", "def_count", "focus", "alpha", "shards_per_client"):
        assert params[name].default == getattr(numbers, name)


@pytest.mark.parametrize("process", ["prepare", "evaluate"])
def test_all_prepare_and_evaluate_with_the_same_command(process: str) -> None:
    found = [recipe(name).processes[process] for name in NAMES]
    assert len({(str(p.argv), p.environment) for p in found}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_who_watches_is_told_how_skewed_the_split_is(name: str) -> None:
    line = (
        "skew: 0.378, the mean total variation distance of a client's labels from uniform (split=class_focus)"
    )
    rules = [note for note in recipe(name).notes if note.process == "prepare" and re.search(note.line, line)]
    assert len(rules) == 1


@pytest.mark.parametrize(
    "line",
    [
        "downloading CIFAR-10: 34 MB on disk",
        "waiting: another run downloads CIFAR-10 after 10 s",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_long_preparation_is_progress_and_not_a_stall(name: str, line: str) -> None:
    rules = [rule for rule in recipe(name).progress if re.search(rule.line, line)]
    assert [rule.process for rule in rules] == ["prepare"]


@pytest.mark.parametrize("name", NAMES)
def test_a_long_training_is_progress_and_not_a_stall(name: str) -> None:
    line = "training: round 12: 1,200 of 15,630 batches"
    assert [rule for rule in recipe(name).progress if re.search(rule.line, line)]


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_that_does_not_fit_is_told_with_the_client(name: str) -> None:
    line = (
        "cifar10.torch_vgg.DoesNotFitError: a batch of 512 images does not fit into the memory of cuda:0, of whose "
        "7.9 GiB 0.2 are free: take a smaller batch_size or model, or fewer clients on this GPU"
    )
    found = recipe(name)
    rules = [note for note in found.notes if re.search(note.line, line)]
    trains = [rule for rule in rules if found.processes[rule.process].role not in ("tool", "aggregator")]
    assert [rule.level for rule in trains] == ["error"]


def test_nothing_of_the_task_lies_in_a_recipes_own_folder() -> None:
    """So that a copy of one folder is a whole recipe."""
    for name in NAMES:
        assert ".." not in (FOLDER / name / "recipe.yaml").read_text().replace("$schema=../..", "")
