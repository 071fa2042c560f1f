"""The numpy reference is right, and the backends' training is the reference's.

The check of parity compares weights. That it would notice what goes wrong in practice (an optimizer that is
not reset, another order, a shard in another's place) is shown here, too: accuracies would not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy_reference import Adam, average, gradients, loss, train, widened

from batch_order import batch_order
from sst2.head import NAMES, initial_weights, score

WIDTH, ROWS, BATCH, LR = 24, 50, 32, 1e-3


def sentences(rows: int = ROWS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors with a direction that says the label, as sentence vectors have one."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows).astype(np.float32)
    x = rng.normal(0.0, 0.3, (rows, WIDTH)).astype(np.float32)
    x[:, :4] += 0.3 * (2 * y[:, None] - 1)
    return x, y


def distance(one: dict, other: dict) -> float:
    return max(float(np.abs(one[name] - other[name]).max()) for name in NAMES)


# -- the reference ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_references_gradients_agree_with_finite_differences(name: str) -> None:
    x, y = sentences(8)
    weights = widened(initial_weights(3, WIDTH))
    exact, step = gradients(weights, x, y)[name], 1e-6
    rng = np.random.default_rng(5)
    for _ in range(10):
        place = tuple(rng.integers(0, size) for size in weights[name].shape)
        losses = []
        for change in (step, -step):
            moved = widened(weights)
            moved[name][place] += change
            losses.append(loss(moved, x, y))
        assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(exact[place], abs=1e-7)


def test_adams_first_step_has_the_length_of_the_learning_rate() -> None:
    weights = {"a": np.zeros(3)}
    Adam(0.5).apply(weights, {"a": np.array([10.0, -0.1, 0.0])})
    assert weights["a"] == pytest.approx([-0.5, 0.5, 0.0], abs=1e-4)


def test_the_evaluator_and_the_reference_have_the_same_loss() -> None:
    x, y = sentences()
    weights = initial_weights(0, WIDTH)
    assert score(weights, x, y)[1] == pytest.approx(loss(widened(weights), x, y), abs=1e-12)


# -- what the check of parity would notice ---------------------------------------------------------


def federation(fault: str = "none") -> dict:
    """Three rounds of three clients in the reference; with `fault`, something is not as agreed."""
    shards = [sentences(300, seed) for seed in (1, 2, 3)]
    if fault == "a shard in another's place":
        shards = [shards[0], shards[2], shards[2]]
    weights = widened(initial_weights(0, WIDTH))
    kept = [Adam(LR) for _ in shards]
    for round in (1, 2, 3):
        updates = []
        for client, (x, y) in enumerate(shards, start=1):
            order = batch_order(1 if fault == "another order" else 0, round, client, len(y))
            adam = kept[client - 1] if fault == "an optimizer that is not reset" else Adam(LR)
            updates.append((train(weights, x, y, order, BATCH, adam), len(y)))
        weights = average(updates)
    return weights


@pytest.mark.parametrize(
    "fault", ["an optimizer that is not reset", "another order", "a shard in another's place"]
)
def test_weights_show_what_accuracy_would_not(fault: str) -> None:
    right, wrong = federation(), federation(fault)
    assert distance(right, wrong) > 1e-3
    x, y = sentences(872, 9)
    assert abs(score(right, x, y)[0] - score(wrong, x, y)[0]) < 0.03


# -- the backends ----------------------------------------------------------------------------------


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", ["keras", "torch"])
@pytest.mark.parametrize("environment", ["flower", "openfl", "openfl-taskrunner", "tff", "stadle", "ibmfl"])
def test_one_round_of_two_batches_is_the_references(
    environment: str, backend: str, tmp_path: Path, in_environment: Callable[..., str]
) -> None:
    """The second batch is a partial one."""
    if (environment, backend) == ("tff", "torch"):
        pytest.skip("the tff environment holds no torch")
    x, y = sentences()
    initial, order = initial_weights(0, WIDTH), batch_order(0, 1, 1, ROWS)
    np.savez(tmp_path / "in.npz", x=x, y=y, order=order, batch_size=BATCH, lr=LR, **initial)
    in_environment(environment, "train_one_round.py", backend, "in.npz", "out.npz", cwd=tmp_path)
    trained = dict(np.load(tmp_path / "out.npz", allow_pickle=False))
    assert distance(trained, widened(initial)) > 1e-4
    assert distance(trained, train(initial, x, y, order, BATCH, Adam(LR))) < 1e-5


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("environment", "backend"),
    [("flower", "keras"), ("flower", "torch"), ("openfl", "keras"), ("ibmfl", "keras")],
)
def test_a_slow_training_says_how_far_it_is(
    environment: str, backend: str, tmp_path: Path, in_environment: Callable[..., str]
) -> None:
    """Two epochs of two batches, whichever the Keras: 3, 2.15 and 2.12."""
    x, y = sentences()
    order = batch_order(0, 1, 1, ROWS, epochs=2)
    weights = initial_weights(0, WIDTH)
    np.savez(tmp_path / "in.npz", x=x, y=y, order=order, batch_size=BATCH, lr=LR, **weights)
    said = in_environment(environment, "tick_every_batch.py", backend, "in.npz", "out.npz", cwd=tmp_path)
    told = [line for line in said.splitlines() if line.startswith("training: ")]
    assert told == [f"training: {done} of 4 batches" for done in (1, 2, 3, 4)]
