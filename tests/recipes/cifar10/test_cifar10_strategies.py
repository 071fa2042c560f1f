"""Every strategy of both flows of Flower makes of three clients' models what its paper says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

RECIPES = Path(__file__).resolve().parents[3] / "recipes"
EXAMPLES = np.array([10, 30, 20])
SERVER_LR, TAU = 0.02, 0.01
Arrays = dict[str, np.ndarray]
FLOWS = ("legacy", "modern")


def mean(before: np.ndarray, models: np.ndarray) -> np.ndarray:
    return np.average(models, axis=0, weights=EXAMPLES)


def adaptive(
    rate: float, first: float, moment: Callable[[np.ndarray], np.ndarray]
) -> Callable[..., np.ndarray]:
    """Reddi et al. 2021, the first round: all moments begin at 0."""

    def step(before: np.ndarray, models: np.ndarray) -> np.ndarray:
        delta = mean(before, models) - before
        moved: np.ndarray = before + rate * first * delta / (np.sqrt(moment(delta)) + TAU)
        return moved

    return step


# Flower corrects FedAdam's learning rate as if round 1 were its second step, and FedYogi's not at all.
CORRECTED = SERVER_LR * (1 - 0.99**2) ** 0.5 / (1 - 0.9**2)
EXPECTED = {
    "fedavg": mean,
    "fedprox": mean,
    "fedadam": adaptive(CORRECTED, 0.1, lambda delta: 0.01 * delta**2),
    "fedyogi": adaptive(SERVER_LR, 0.1, lambda delta: 0.01 * delta**2),
    "fedadagrad": adaptive(SERVER_LR, 1.0, lambda delta: delta**2),
    "median": lambda before, models: np.median(models, axis=0),
    "trimmed_mean": lambda before, models: np.median(models, axis=0),  # the one in the middle of three
    "krum": lambda before, models: models[0],  # the third is nothing like the others; of equals the first
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, in_environment: Callable[..., str]) -> Arrays:
    folder = tmp_path_factory.mktemp("strategies")
    in_environment("flower", "every_strategy.py", RECIPES / "cifar10", "made.npz", cwd=folder)
    return dict(np.load(folder / "made.npz", allow_pickle=False))


def of(made: Arrays, what: str) -> Arrays:
    return {
        name.removeprefix(f"{what}:"): array for name, array in made.items() if name.startswith(f"{what}:")
    }


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("strategy", EXPECTED)
@pytest.mark.parametrize("flow", FLOWS)
def test_a_strategy_makes_of_the_models_what_it_should(flow: str, strategy: str, made: Arrays) -> None:
    before, clients = of(made, "initial"), [of(made, f"client-{number}") for number in (1, 2, 3)]
    found = of(made, f"{flow}:{strategy}")
    assert found.keys() == before.keys()
    for name, array in found.items():
        models = np.stack([client[name] for client in clients]).astype(np.float64)
        expected = EXPECTED[strategy](before[name].astype(np.float64), models)
        assert np.abs(array - expected).max() < 1e-6, name


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_the_mean_is_the_same_to_the_bit_in_both_flows(made: Arrays) -> None:
    one, other = (of(made, f"{flow}:fedavg") for flow in FLOWS)
    assert all(np.array_equal(array, other[name]) for name, array in one.items())
