"""vgg_small in Keras, for frameworks that know nothing else: the same layers, the same weights.

    model = tf.keras.Sequential(build_layers(architecture))
    model.set_weights(to_keras(weights, architecture))        # from torch's names and shapes
    weights = from_keras(model.get_weights(), architecture)

Works in Keras 2.12 to 3. Images are (rows, 32, 32, 3), as `Shard.batches` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cifar10.pixels import MEAN, SIZE, STD
from cifar10.vgg import CHANNELS, EPSILON, GROUPS, Architecture
from weight_files import Weights, final_file, save_arrays

WEIGHT_DECAY = 5e-4


def build_layers(architecture: Architecture, weight_decay: float = WEIGHT_DECAY) -> list[Any]:
    """The layers, giving logits. Raises ValueError for a model that Keras would not compute alike.

    Weight decay is a term of the loss here, weight_decay / 2 times the sum of squares of every array, which
    gives torch's gradient. Keras' own `weight_decay` of an optimizer is something else: it is decoupled from
    gradient and momentum.
    """
    if (architecture.model, architecture.norm) != ("vgg_small", "group"):
        raise ValueError(
            f"in Keras there is vgg_small with norm=group, not {architecture.model} with norm={architecture.norm}: "
            "dropout and BatchNorm's variances differ between the backends"
        )
    decay = tf.keras.regularizers.L2(weight_decay / 2)
    kernel_and_bias = {"kernel_regularizer": decay, "bias_regularizer": decay}
    layers: list[Any] = [tf.keras.Input(shape=(SIZE, SIZE, CHANNELS))]
    for layer in architecture.features():
        if layer.kind == "conv":
            layers.append(tf.keras.layers.Conv2D(layer.outputs, 3, padding="same", **kernel_and_bias))
        elif layer.kind == "group":
            # Keras' default epsilon of 1e-3 is .01 away in the logits.
            layers.append(
                tf.keras.layers.GroupNormalization(
                    GROUPS, epsilon=EPSILON, gamma_regularizer=decay, beta_regularizer=decay
                )
            )
        else:
            layers.append(tf.keras.layers.ReLU() if layer.kind == "relu" else tf.keras.layers.MaxPooling2D())
    layers.append(tf.keras.layers.GlobalAveragePooling2D())
    layers += [tf.keras.layers.Dense(layer.outputs, **kernel_and_bias) for layer in architecture.classifier()]
    return layers


def to_keras(weights: Weights, architecture: Architecture) -> list[np.ndarray]:
    """What Keras' `set_weights` takes: a convolution's kernel is (height, width, inputs, outputs) there, a
    linear layer's (inputs, outputs); the order of the arrays is the same."""
    return [_turned(array, (2, 3, 1, 0)) for array in architecture.as_list(weights)]


def from_keras(arrays: Sequence[np.ndarray], architecture: Architecture) -> Weights:
    """The opposite of `to_keras`."""
    return architecture.as_weights([_turned(np.asarray(array), (3, 2, 0, 1)) for array in arrays])


def save_final(artifacts: Path, weights: Weights, architecture: Architecture) -> None:
    """artifacts/final/: `model.npz`, and `model.keras`, from stored pixels (uint8) to logits, which Keras
    reads without any code of ours."""
    save_arrays(final_file(artifacts), weights)
    scaling = tf.keras.layers.Rescaling((1 / (255 * STD)).tolist(), (-MEAN / STD).tolist())
    first, *others = build_layers(architecture)
    model = tf.keras.Sequential([first, scaling, *others])
    model.set_weights(to_keras(weights, architecture))
    model.save(str(final_file(artifacts).with_name("model.keras")))


def _turned(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    if array.ndim == 4:
        return np.ascontiguousarray(array.transpose(axes))
    return np.ascontiguousarray(array.T)
