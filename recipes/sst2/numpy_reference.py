"""The head in plain numpy, 64-bit: forward, backward, Adam, the average and a round, as the task defines them.

Written from the formulas and sharing no code with the recipes but the names of the arrays; kernels are
(inputs, outputs). verify.py --retrain and the tests hold what the frameworks computed against it.

Adam: Kingma & Ba 2015 in the form that ends their section 2, which Keras uses: the learning rate takes both
bias corrections, so epsilon is added to the root of the uncorrected second moment.
"""

from __future__ import annotations

import numpy as np

Weights = dict[str, np.ndarray]
LAYERS = ("hidden1", "hidden2", "output")


class Adam:
    """The optimizer and its state; a new one is an Adam that starts anew."""

    def __init__(self, lr: float) -> None:
        self.lr, self.step = lr, 0
        self.first: Weights = {}
        self.second: Weights = {}

    def apply(self, weights: Weights, gradients: Weights) -> None:
        """One step, in place."""
        self.step += 1
        rate = self.lr * np.sqrt(1 - 0.999**self.step) / (1 - 0.9**self.step)
        for name, gradient in gradients.items():
            self.first[name] = 0.9 * self.first.get(name, 0.0) + 0.1 * gradient
            self.second[name] = 0.999 * self.second.get(name, 0.0) + 0.001 * gradient**2
            weights[name] = weights[name] - rate * self.first[name] / (np.sqrt(self.second[name]) + 1e-7)


def widened(weights: Weights) -> Weights:
    """A copy in 64-bit floats."""
    return {name: np.array(array, np.float64) for name, array in weights.items()}


def forward(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
    """What goes into each layer, and last the probabilities, shape (rows, 1)."""
    values = [np.asarray(x, np.float64)]
    for layer in LAYERS:
        sums = values[-1] @ weights[f"{layer}_kernel"] + weights[f"{layer}_bias"]
        values.append(1 / (1 + np.exp(-sums)) if layer == "output" else np.maximum(sums, 0))
    return values


def loss(weights: Weights, x: np.ndarray, y: np.ndarray) -> float:
    """Mean binary cross-entropy."""
    p = forward(weights, x)[-1][:, 0]
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def gradients(weights: Weights, x: np.ndarray, y: np.ndarray) -> Weights:
    """Of the mean binary cross-entropy of one batch."""
    values = forward(weights, x)
    error = (values[-1] - y[:, None]) / len(y)
    found: Weights = {}
    for place in (2, 1, 0):
        found[f"{LAYERS[place]}_kernel"] = values[place].T @ error
        found[f"{LAYERS[place]}_bias"] = error.sum(axis=0)
        error = (error @ weights[f"{LAYERS[place]}_kernel"].T) * (values[place] > 0)
    return found


def train(
    weights: Weights, x: np.ndarray, y: np.ndarray, order: np.ndarray, batch_size: int, adam: Adam
) -> Weights:
    """Over `order` (epochs, rows), the last partial batch of each epoch included."""
    weights = widened(weights)
    for epoch in order:
        for start in range(0, len(epoch), batch_size):
            rows = epoch[start : start + batch_size]
            adam.apply(weights, gradients(weights, x[rows], y[rows]))
    return weights


def average(updates: list[tuple[Weights, int]]) -> Weights:
    """FedAvg: the mean weighted by numbers of examples."""
    total = sum(examples for _, examples in updates)
    return {
        name: sum(weights[name] * (examples / total) for weights, examples in updates)
        for name in updates[0][0]
    }


def order_of(seed: int, round: int, client: int, rows: int, epochs: int = 1) -> np.ndarray:
    """The order of a client's rows in a round, (epochs, rows); rounds and clients count from 1."""
    rng = np.random.default_rng([seed, round, client])
    return np.stack([rng.permutation(rows) for _ in range(epochs)])


def federated_round(
    weights: Weights,
    shards: list[tuple[np.ndarray, np.ndarray]],
    round: int,
    seed: int = 0,
    epochs: int = 1,
    batch_size: int = 64,
    lr: float = 1e-3,
) -> Weights:
    """The global weights after `round`, from those before it: every client (x, y) trains with a new Adam, and
    the results are averaged."""
    updates = []
    for client, (x, y) in enumerate(shards, start=1):
        order = order_of(seed, round, client, len(y), epochs)
        updates.append((train(weights, x, y, order, batch_size, Adam(lr)), len(y)))
    return average(updates)
