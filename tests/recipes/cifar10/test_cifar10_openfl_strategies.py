"""Every strategy that OpenFL's recipes offer makes of three clients' models what its paper says, in both releases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fltui.recipe.load import load

RECIPES = Path(__file__).resolve().parents[3] / "recipes"
EXAMPLES = np.array([10, 30, 20])
SERVER_LR, TAU, BETA_1, BETA_2 = 0.02, 0.01, 0.9, 0.99
ENVIRONMENTS = ("openfl", "openfl-taskrunner")
Arrays = dict[str, np.ndarray]
Moments = tuple[np.ndarray | float, np.ndarray | float]
pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(300)]


def mean(models: np.ndarray) -> np.ndarray:
    return np.average(models, axis=0, weights=EXAMPLES)


# Reddi et al. 2021: m and v from the distance to the mean; with Adam's correction for their beginning at 0.
def adam(moments: Moments, delta: np.ndarray) -> Moments:
    return BETA_1 * moments[0] + (1 - BETA_1) * delta, BETA_2 * moments[1] + (1 - BETA_2) * delta**2


def yogi(moments: Moments, delta: np.ndarray) -> Moments:
    m, v = moments
    return BETA_1 * m + (1 - BETA_1) * delta, v - (1 - BETA_2) * delta**2 * np.sign(v - delta**2)


def adaptive(moment: Callable[[Moments, np.ndarray], Moments]) -> Callable[..., np.ndarray]:
    def rounds(before: np.ndarray, models: list[np.ndarray]) -> np.ndarray:
        moments: Moments = (0.0, 0.0)
        for step, each in enumerate(models, start=1):
            moments = moment(moments, mean(each) - before)
            m, v = moments[0] / (1 - BETA_1**step), moments[1] / (1 - BETA_2**step)
            before = before + SERVER_LR * m / (np.sqrt(v) + TAU)
        return before

    return rounds


def adagrad(before: np.ndarray, models: list[np.ndarray]) -> np.ndarray:
    total = np.zeros_like(before)
    for each in models:
        delta = mean(each) - before
        total = total + delta**2
        before = before + SERVER_LR * delta / (np.sqrt(total) + TAU)
    return before


EXPECTED: dict[str, Callable[..., np.ndarray]] = {
    "fedavg": lambda before, models: mean(models[-1]),
    "fedprox": lambda before, models: mean(models[-1]),
    "fedadam": adaptive(adam),
    "fedyogi": adaptive(yogi),
    "fedadagrad": adagrad,
    "median": lambda before, models: np.median(models[-1], axis=0),
}


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def made(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    in_environment: Callable[..., str],
) -> Arrays:
    folder = tmp_path_factory.mktemp("strategies")
    in_environment(request.param, "every_openfl_strategy.py", "made.npz", cwd=folder)
    return dict(np.load(folder / "made.npz", allow_pickle=False))


def of(made: Arrays, what: str) -> Arrays:
    return {
        name.removeprefix(f"{what}:"): array for name, array in made.items() if name.startswith(f"{what}:")
    }


@pytest.mark.parametrize("recipe", ENVIRONMENTS)
def test_these_are_what_the_recipe_offers(recipe: str) -> None:
    choices = load(RECIPES / "cifar10" / recipe / "recipe.yaml").params["strategy"].choices
    assert list(choices or ()) == list(EXPECTED)


@pytest.mark.parametrize("strategy", EXPECTED)
def test_a_strategy_makes_of_the_models_what_it_should_in_two_rounds(strategy: str, made: Arrays) -> None:
    for rounds in (1, 2):
        found = of(made, f"{strategy}:{rounds - 1}")
        for name, before in of(made, "initial").items():
            models = [
                np.stack([made[f"client-{number}:{round}:{name}"] for number in (1, 2, 3)]).astype(np.float64)
                for round in range(rounds)
            ]
            # What BatchNorm gathers is averaged, whatever the step of what is learned.
            averaged = name.endswith("running_var") and strategy != "median"
            rule = EXPECTED["fedavg" if averaged else strategy]
            expected = rule(before.astype(np.float64), models)
            assert np.abs(found[name] - expected).max() < 1e-6, name


def test_a_second_experiment_begins_anew(made: Arrays) -> None:
    for round in (0, 1):
        first, again = of(made, f"fedadam:{round}"), of(made, f"again:{round}")
        assert first.keys() == again.keys()
        assert all(np.array_equal(array, again[name]) for name, array in first.items())
