"""The separate script that recomputes a run: it agrees with an honest one and catches a false one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from weight_files import client_file, final_file, load_arrays, round_file, save_arrays

VERIFY = Path(__file__).resolve().parents[3] / "recipes" / "cifar10" / "verify.py"
Verify = Callable[..., dict]

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def honest(work: Path, tmp_path_factory: pytest.TempPathFactory, in_environment: Callable[..., str]) -> Path:
    run = tmp_path_factory.mktemp("honest") / "run"
    in_environment("data", "honest_run.py", work, run, cwd=run.parent)
    return run


@pytest.fixture
def run(honest: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(honest, tmp_path / "spoiled")


@pytest.fixture
def verify(tmp_path: Path, in_environment: Callable[..., str]) -> Verify:
    def check(run: Path, *words: object, code: int) -> dict:
        said = in_environment("data", VERIFY, run, *words, cwd=tmp_path, code=code, PYTHONPATH="")
        found: dict = json.loads(said)
        return found

    return check


def nudge(path: Path, by: float, name: str = "features.0.bias") -> None:
    arrays = load_arrays(path)
    save_arrays(path, {**arrays, name: arrays[name] + type(arrays[name].flat[0])(by)})


def test_an_honest_run_agrees(honest: Path, verify: Verify) -> None:
    said = verify(honest, "--retrain", "--beside", honest, code=0)
    assert {"accuracy of model.pt", "loss of model.pt", "weights of model.pt"} <= said["differences"].keys()
    assert {"round-001", "round-002", "round-001 retrained", "round-002 retrained"} <= said[
        "differences"
    ].keys()
    assert said["differences"]["round-002 beside run"] == 0.0


@pytest.mark.parametrize(("what", "by"), [("accuracy", 0.1), ("loss", 0.01)])
def test_a_figure_that_is_none_is_caught(what: str, by: float, run: Path, verify: Verify) -> None:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    changed = [row | {"value": row["value"] + by * (row["name"] == what)} for row in rows]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in changed))
    assert list(verify(run, code=1)["wrong"]) == [f"{what} of model.pt"]


def test_a_final_model_that_is_not_the_last_rounds_is_caught(run: Path, verify: Verify) -> None:
    nudge(final_file(run / "artifacts"), 1e-4)
    assert list(verify(run, code=1)["wrong"]) == ["weights of model.pt", "weights of model.npz"]


def test_the_last_of_a_thousand_rounds_is_the_final_one(run: Path, verify: Verify) -> None:
    """As text `round-1000` comes before `round-999`."""
    for number, kept in ((999, 1), (1000, 2)):
        shutil.copy(round_file(run / "artifacts", kept), round_file(run / "artifacts", number))
    verify(run, code=0)


@pytest.mark.parametrize("what", ["round", "client", "examples"])
def test_a_mean_that_is_none_is_caught(what: str, run: Path, verify: Verify) -> None:
    if what == "round":
        nudge(round_file(run / "artifacts", 1), 1e-4)
    elif what == "client":
        nudge(client_file(run / "artifacts", 1, 2), 1e-4)
    else:
        nudge(client_file(run / "artifacts", 1, 2), 30, "num_examples")
    assert list(verify(run, code=1)["wrong"]) == ["round-001"]


def test_another_strategy_than_the_one_that_is_claimed_is_caught(run: Path, verify: Verify) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    for strategy in ("median", "krum"):
        manifest["params"]["strategy"] = strategy
        (run / "manifest.json").write_text(json.dumps(manifest))
        assert list(verify(run, code=1)["wrong"]) == ["round-001", "round-002"]


def test_a_learning_rate_that_was_not_the_one_is_caught_by_training_again(run: Path, verify: Verify) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["params"]["lr"] = 0.02
    (run / "manifest.json").write_text(json.dumps(manifest))
    verify(run, code=0)
    assert list(verify(run, "--retrain", code=1)["wrong"]) == ["round-001 retrained", "round-002 retrained"]
