"""docs/write_cifar10_skew.py says what its sweeps say, also where they do not say what is expected."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from synthetic_sweeps import cell, write_sweep

from fltui.study.sweep_folder import SweepView, read_sweep

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("write_cifar10_skew")


def view(root: Path, scores: dict[float, float], seeds: tuple[int, ...] = (0, 1)) -> SweepView:
    cells = [
        cell({"focus": focus, "seed": seed}, score, skew=focus - 0.1)
        for seed in seeds or (0,)
        for focus, score in scores.items()
    ]
    return read_sweep(write_sweep(cells, {"focus": tuple(scores)}, seeds, root=root))


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({0.4: 0.6, 0.7: 0.5, 1.0: 0.3}, "the mean falls from 0.600 to 0.300, falling at every step."),
        ({0.4: 0.6, 0.7: 0.2, 1.0: 0.3}, "the mean falls from 0.600 to 0.300, rising at 1 of 2 steps."),
        (
            {0.4: 0.3, 1.0: 0.6},
            "the mean does not fall: it goes from 0.300 to 0.600, rising at 1 of 1 steps.",
        ),
    ],
)
def test_the_page_says_that_accuracy_falls_only_where_it_does(
    script: ModuleType, tmp_path: Path, scores: dict[float, float], said: str
) -> None:
    assert script.falls(view(tmp_path, scores)) == f"From skew 0.30 to 0.90 {said}"


def test_the_page_says_how_many_seeds_there_were(script: ModuleType, tmp_path: Path) -> None:
    one, two = view(tmp_path / "1", {0.4: 0.6}, ()), view(tmp_path / "2", {0.4: 0.6})
    assert script.seeds_words((two, two)) == "2 seeds"
    assert script.seeds_words((one, two)) == "one seed or 2 seeds"


def test_strategies_are_compared_with_fedavg_of_the_same_seed(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "params_of", lambda point: {"strategy": "fedprox"})
    (plain,) = script.combinations(view(tmp_path / "plain", {1.0: 0.3}))
    cells = [
        cell({"mu": mu, "seed": seed}, pair[seed], skew=0.6)
        for seed in (0, 1)
        for mu, pair in {0.01: (0.31, 0.29), 1.0: (0.5, 0.52)}.items()
    ]
    mus = read_sweep(write_sweep(cells, {"mu": (0.01, 1.0)}, (0, 1), root=tmp_path / "mu"))
    settings = script.others([mus])
    assert list(settings) == ["fedprox mu=0.01", "fedprox mu=1.0"]
    assert script.better(settings, plain) == (
        "FedAvg has 0.300 ± 0.000 there. Better by more than both spreads: fedprox mu=1.0 (0.510 ± 0.014)."
        " Better with every seed: fedprox mu=1.0."
    )
    lines = script.others_table(settings, plain, 0.5).splitlines()[2:]
    assert lines == [
        "| fedavg | 0.300 ± 0.000 | .300 .300 |  | never |",
        "| fedprox mu=0.01 | 0.300 ± 0.014 | .310 .290 | +0.010 -0.010 | never |",
        "| fedprox mu=1.0 | 0.510 ± 0.014 | .500 .520 | +0.200 +0.220 | 3 |",
    ]
    del settings["fedprox mu=1.0"]
    said = script.better(settings, plain)
    assert "None of the others did better by more than both spreads. Better with every seed: none." in said
