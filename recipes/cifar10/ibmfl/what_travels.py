"""Which arrays of a model IBM FL sends, and in what order: it sends lists, without names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cifar10.vgg import Architecture, is_trained
from weight_files import Weights


def travelling(architecture: Architecture) -> list[str]:
    """What is learned, as in IBM FL's own PytorchFLModel (`module.parameters()`): the running means and
    variances of BatchNorm stay at home."""
    return [name for name in architecture.names if is_trained(name)]


def as_sent(weights: Weights, architecture: Architecture) -> list[np.ndarray]:
    """The list that IBM FL pickles."""
    return [np.asarray(weights[name], np.float32) for name in travelling(architecture)]


def as_received(arrays: Sequence[np.ndarray], architecture: Architecture) -> Weights:
    """The opposite of `as_sent`."""
    names = travelling(architecture)
    return {name: np.asarray(array, np.float32) for name, array in zip(names, arrays, strict=True)}
