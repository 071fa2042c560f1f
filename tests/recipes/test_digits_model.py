"""The digits model: its gradients are right, its training is the same every time, and it learns."""

from __future__ import annotations

import numpy as np
import pytest

from batch_order import batch_order
from digits.mlp import gradients, initial_weights, probabilities, score, train


def stripes(rows: int, seed: int = 0) -> tuple:
    """Images that can be learned: the digit d is a bright run of pixels that begins at 6 d, in noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, rows)
    images = rng.uniform(0, 0.3, (rows, 64))
    for row, label in enumerate(labels):
        images[row, 6 * label : 6 * label + 6] += 0.7
    return images, labels


@pytest.mark.parametrize("name", ["hidden_weight", "hidden_bias", "output_weight", "output_bias"])
def test_gradients_agree_with_finite_differences(name: str) -> None:
    images, labels = stripes(8)
    weights = initial_weights(3)
    exact = gradients(weights, images, labels)[name]
    step = 1e-6
    rng = np.random.default_rng(5)
    for _ in range(20):
        place = tuple(rng.integers(0, size) for size in weights[name].shape)
        losses = []
        for change in (step, -step):
            moved = {key: array.copy() for key, array in weights.items()}
            moved[name][place] += change
            losses.append(score(moved, images, labels)[1])
        assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(exact[place], abs=1e-7)


def test_probabilities_of_an_image_add_up_to_one_even_for_great_weights() -> None:
    images, _ = stripes(5)
    weights = {name: array * 1e4 for name, array in initial_weights(0).items()}
    outputs = probabilities(weights, images)
    assert np.isfinite(outputs).all()
    assert outputs.sum(axis=1) == pytest.approx(np.ones(5))


def test_training_is_the_same_every_time_and_leaves_its_input_alone() -> None:
    images, labels = stripes(50)
    start = initial_weights(1)
    before = {name: array.copy() for name, array in start.items()}
    order = batch_order(1, 1, 1, 50, epochs=2)
    first = train(start, images, labels, order, 16, 0.3)
    second = train(start, images, labels, order, 16, 0.3)
    assert all((first[name] == second[name]).all() for name in first)
    assert all((start[name] == before[name]).all() for name in start)
    assert any((first[name] != start[name]).any() for name in start)


def test_the_order_of_the_batches_matters() -> None:
    images, labels = stripes(50)
    one, other = (
        train(initial_weights(1), images, labels, batch_order(1, number, 1, 50), 16, 0.3) for number in (1, 2)
    )
    assert not np.allclose(one["hidden_weight"], other["hidden_weight"], atol=1e-6)


def test_one_step_on_the_last_partial_batch_is_taken() -> None:
    images, labels = stripes(17)
    weights = initial_weights(0)
    order = np.arange(17)[None, :]
    by_hand = {name: array.copy() for name, array in weights.items()}
    for rows in (slice(0, 16), slice(16, 17)):
        for name, gradient in gradients(by_hand, images[rows], labels[rows]).items():
            by_hand[name] = by_hand[name] - 0.5 * gradient
    trained = train(weights, images, labels, order, 16, 0.5)
    assert all(np.allclose(trained[name], by_hand[name], rtol=0, atol=1e-12) for name in by_hand)


def test_it_learns() -> None:
    images, labels = stripes(400)
    weights = initial_weights(0)
    before = score(weights, images, labels)
    weights = train(weights, images, labels, batch_order(0, 1, 1, 400, epochs=5), 16, 0.3)
    accuracy, loss = score(weights, images, labels)
    assert accuracy > 0.95 > before[0]
    assert loss < before[1]
