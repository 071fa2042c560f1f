"""The model: 64 pixels, 64 hidden units (relu), 10 digits; forward, backward and SGD in numpy.

In 64-bit floats, so that two frameworks which compute the same thing agree to the last digits
whatever the order in which they add.
"""

from __future__ import annotations

import numpy as np

from weight_files import Weights

NAMES = ("hidden_weight", "hidden_bias", "output_weight", "output_bias")
PIXELS, HIDDEN, DIGITS = 64, 64, 10


def initial_weights(seed: int) -> Weights:
    """He initialisation: normal with variance 2 / inputs; biases zero."""
    rng = np.random.default_rng([seed, 0, 2])
    return {
        "hidden_weight": rng.normal(0.0, (2 / PIXELS) ** 0.5, (PIXELS, HIDDEN)),
        "hidden_bias": np.zeros(HIDDEN),
        "output_weight": rng.normal(0.0, (2 / HIDDEN) ** 0.5, (HIDDEN, DIGITS)),
        "output_bias": np.zeros(DIGITS),
    }


def probabilities(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Softmax outputs, shape (images, 10)."""
    hidden = np.maximum(images @ weights["hidden_weight"] + weights["hidden_bias"], 0.0)
    logits = hidden @ weights["output_weight"] + weights["output_bias"]
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def score(weights: Weights, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy (0 to 1) and mean cross entropy (nats)."""
    outputs = probabilities(weights, images)
    right = outputs.argmax(axis=1) == labels
    chosen = outputs[np.arange(len(labels)), labels]
    return float(right.mean()), float(-np.log(np.maximum(chosen, 1e-300)).mean())


def gradients(weights: Weights, images: np.ndarray, labels: np.ndarray) -> Weights:
    """Gradients of the mean cross entropy of one batch."""
    hidden = np.maximum(images @ weights["hidden_weight"] + weights["hidden_bias"], 0.0)
    error = probabilities(weights, images)
    error[np.arange(len(labels)), labels] -= 1.0
    error /= len(labels)
    back = (error @ weights["output_weight"].T) * (hidden > 0.0)
    return {
        "hidden_weight": images.T @ back,
        "hidden_bias": back.sum(axis=0),
        "output_weight": hidden.T @ error,
        "output_bias": error.sum(axis=0),
    }


def train(
    weights: Weights, images: np.ndarray, labels: np.ndarray, order: np.ndarray, batch_size: int, lr: float
) -> Weights:
    """Plain SGD over `order` (epochs, rows); the last batch of an epoch may be smaller.

    SGD keeps no state, so there is no optimizer that a round would have to start anew.
    """
    weights = {name: array.copy() for name, array in weights.items()}
    for epoch in order:
        for start in range(0, len(epoch), batch_size):
            rows = epoch[start : start + batch_size]
            for name, gradient in gradients(weights, images[rows], labels[rows]).items():
                weights[name] -= lr * gradient
    return weights
