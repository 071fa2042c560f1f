"""The head in plain numpy, 64-bit: forward, backward, Adam and the average, as the task defines them.

Written from the formulas and sharing no code with the recipes. Weights are a list in the order of Keras'
get_weights(): kernel (inputs, outputs) and bias of each of the three layers.

Adam: Kingma & Ba 2015, in the form of their section 2's last paragraph, which Keras uses: the learning
rate takes both bias corrections, so epsilon is added to the uncorrected root of the second moment.
"""

from __future__ import annotations

import numpy as np

Arrays = list[np.ndarray]


def forward(weights: Arrays, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both hidden layers' outputs and the probabilities (rows, 1)."""
    w1, b1, w2, b2, w3, b3 = weights
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    return h1, h2, 1 / (1 + np.exp(-(h2 @ w3 + b3)))


def loss(weights: Arrays, x: np.ndarray, y: np.ndarray) -> float:
    """Mean binary cross-entropy."""
    p = forward(weights, x)[2][:, 0]
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def gradients(weights: Arrays, x: np.ndarray, y: np.ndarray) -> Arrays:
    """Of the mean binary cross-entropy of one batch."""
    _, _, w2, _, w3, _ = weights
    h1, h2, p = forward(weights, x)
    at_output = (p - y[:, None]) / len(y)
    at_h2 = (at_output @ w3.T) * (h2 > 0)
    at_h1 = (at_h2 @ w2.T) * (h1 > 0)
    return [
        x.T @ at_h1,
        at_h1.sum(axis=0),
        h1.T @ at_h2,
        at_h2.sum(axis=0),
        h2.T @ at_output,
        at_output.sum(axis=0),
    ]


def train(
    weights: Arrays,
    x: np.ndarray,
    y: np.ndarray,
    order: np.ndarray,
    batch_size: int,
    lr: float,
    state: dict | None = None,
) -> Arrays:
    """Adam over `order` (epochs, rows), the last partial batch included. `state` carries an optimizer
    from one call to the next, which is what no recipe may do; without it Adam starts anew."""
    weights = [np.asarray(array, np.float64) for array in weights]
    state = state if state is not None else {}
    m = state.setdefault("m", [np.zeros_like(array) for array in weights])
    v = state.setdefault("v", [np.zeros_like(array) for array in weights])
    step = state.setdefault("step", 0)
    for epoch in order:
        for start in range(0, len(epoch), batch_size):
            rows = epoch[start : start + batch_size]
            step += 1
            rate = lr * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for number, gradient in enumerate(gradients(weights, x[rows].astype(np.float64), y[rows])):
                m[number] = 0.9 * m[number] + 0.1 * gradient
                v[number] = 0.999 * v[number] + 0.001 * gradient**2
                weights[number] = weights[number] - rate * m[number] / (np.sqrt(v[number]) + 1e-7)
    state["step"] = step
    return weights


def average(updates: list[Arrays], examples: list[int]) -> Arrays:
    """FedAvg: the mean weighted by numbers of examples."""
    total = sum(examples)
    return [
        sum(part[number] * (count / total) for part, count in zip(updates, examples, strict=True))
        for number in range(len(updates[0]))
    ]
