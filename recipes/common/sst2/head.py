"""The head on the sentence vectors: 512 relu, 64 relu, 1 sigmoid. Its weights, and its outputs in numpy.

Needs nothing but numpy, so that servers and the evaluator start without a backend. Training is in
`keras_head` and `torch_head`; both read and write these names, shapes and order.
"""

from __future__ import annotations

import numpy as np

from weight_files import Weights

# The order of Keras' get_weights(); kernels are (inputs, outputs) as in Keras' Dense.
NAMES = (
    "hidden1_kernel",
    "hidden1_bias",
    "hidden2_kernel",
    "hidden2_bias",
    "output_kernel",
    "output_bias",
)
UNITS = (512, 64, 1)


def initial_weights(seed: int, width: int) -> Weights:
    """Glorot's uniform kernels (Keras' default) for vectors of `width` numbers, zero biases; float32."""
    rng = np.random.default_rng([seed, 0, 2])
    weights: Weights = {}
    inputs = width
    for kernel, bias, outputs in zip(NAMES[::2], NAMES[1::2], UNITS, strict=True):
        limit = (6 / (inputs + outputs)) ** 0.5
        weights[kernel] = rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)
        weights[bias] = np.zeros(outputs, np.float32)
        inputs = outputs
    return weights


def as_list(weights: Weights) -> list[np.ndarray]:
    """The arrays in the order of NAMES: what Keras and most frameworks pass around."""
    return [np.asarray(weights[name], np.float32) for name in NAMES]


def as_weights(arrays: list[np.ndarray]) -> Weights:
    """The opposite of `as_list`."""
    return {name: np.asarray(array, np.float32) for name, array in zip(NAMES, arrays, strict=True)}


def logits(weights: Weights, vectors: np.ndarray) -> np.ndarray:
    """What goes into the sigmoid, shape (rows,); in 64-bit floats, so that adding in another order
    on another machine changes no answer."""
    w1, b1, w2, b2, w3, b3 = (np.asarray(weights[name], np.float64) for name in NAMES)
    hidden = np.maximum(vectors @ w1 + b1, 0.0)
    hidden = np.maximum(hidden @ w2 + b2, 0.0)
    return np.asarray(hidden @ w3 + b3)[:, 0]


def probabilities(weights: Weights, vectors: np.ndarray) -> np.ndarray:
    """The probability that a sentence is positive, shape (rows,)."""
    # Written with tanh: exp(-x) overflows for a model that is very sure.
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits(weights, vectors))))


def answers(weights: Weights, vectors: np.ndarray) -> np.ndarray:
    """0 or 1 for each sentence. Exactly one half is a 0, as in Keras' BinaryAccuracy."""
    return (logits(weights, vectors) > 0.0).astype(np.int64)


def score(weights: Weights, vectors: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy (0 to 1) and mean binary cross-entropy (nats) on `labels` of 0 and 1."""
    outputs = logits(weights, vectors)
    right = (outputs > 0.0) == (labels > 0.5)
    losses = np.logaddexp(0.0, outputs) - outputs * labels
    return float(right.mean()), float(losses.mean())
