"""The VGG models: layers, names, shapes and initial weights, with nothing but numpy.

`vgg16` and `vgg11` are torchvision's, layer by layer and name by name (with norm=batch its vgg16_bn and
vgg11_bn). `vgg_small` is for machines without a GPU: half a million parameters, GroupNorm after every
convolution, no dropout. GroupNorm, because IBM FL and STADLE do not send what BatchNorm gathers about its
inputs: with it, every framework federates the whole model.

Training is in `torch_vgg` and `keras_vgg`, so that servers start without a backend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from weight_files import Weights

POOL = 0  # in a plan: halve height and width; every other number is a convolution's outputs
PLANS = {
    "vgg_small": (32, POOL, 64, POOL, 128, 128, POOL, 256, POOL),
    "vgg11": (64, POOL, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL),
    "vgg16": (
        *(64, 64, POOL, 128, 128, POOL, 256, 256, 256, POOL),
        *(512, 512, 512, POOL, 512, 512, 512, POOL),
    ),
}
MODELS = tuple(PLANS)
NORMS = ("auto", "group", "batch", "none")
CHANNELS = 3
GROUPS = 8  # of GroupNorm
EPSILON = 1e-5  # of GroupNorm and BatchNorm: torch's; Keras' own would be 1e-3
HIDDEN = 4096  # units in each of the two hidden layers of torchvision's classifier
POOLED = 7  # height and width that torchvision's classifier gets, whatever the image's


@dataclass(frozen=True)
class Layer:
    """One layer of `features` or `classifier`. `kind`: conv group batch relu pool linear dropout."""

    name: str
    kind: str
    inputs: int = 0
    outputs: int = 0


@dataclass(frozen=True)
class Architecture:
    """A model: which one, what normalizes after its convolutions, how many outputs."""

    model: str = "vgg_small"
    norm: str = "group"
    outputs: int = 10

    @classmethod
    def of(cls, model: str, norm: str = "auto", outputs: int = 10) -> Architecture:
        """As a recipe asks for it: `auto` is GroupNorm in vgg_small and none in torchvision's models."""
        if norm == "auto":
            norm = "group" if model == "vgg_small" else "none"
        return cls(model, norm, outputs)

    @property
    def pooled(self) -> int:
        """Height and width of what the classifier gets."""
        return 1 if self.model == "vgg_small" else POOLED

    def features(self) -> list[Layer]:
        """The convolutions with what follows each, as in torchvision's `features`."""
        kinds: list[tuple[str, int, int]] = []
        channels = CHANNELS
        for outputs in PLANS[self.model]:
            if outputs == POOL:
                kinds.append(("pool", channels, channels))
                continue
            kinds.append(("conv", channels, outputs))
            if self.norm != "none":
                kinds.append((self.norm, outputs, outputs))
            kinds.append(("relu", outputs, outputs))
            channels = outputs
        return [Layer(f"features.{place}", *kind) for place, kind in enumerate(kinds)]

    def classifier(self) -> list[Layer]:
        """What follows the pooling: one layer in vgg_small, torchvision's three in the others."""
        width = PLANS[self.model][-2]
        if self.model == "vgg_small":
            return [Layer("classifier.0", "linear", width, self.outputs)]
        inputs = width * POOLED * POOLED
        return [
            Layer("classifier.0", "linear", inputs, HIDDEN),
            Layer("classifier.1", "relu"),
            Layer("classifier.2", "dropout"),
            Layer("classifier.3", "linear", HIDDEN, HIDDEN),
            Layer("classifier.4", "relu"),
            Layer("classifier.5", "dropout"),
            Layer("classifier.6", "linear", HIDDEN, self.outputs),
        ]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every array, in the order of torch's state_dict.

        BatchNorm's running mean and variance are among them: a model without them is another one. Its
        `num_batches_tracked` is not, since nothing depends on it.
        """
        found: dict[str, tuple[int, ...]] = {}
        for layer in (*self.features(), *self.classifier()):
            for part, shape in _arrays(layer):
                found[f"{layer.name}.{part}"] = shape
        return found

    @property
    def names(self) -> list[str]:
        """The names of the arrays in the order in which frameworks without names pass them around."""
        return list(self.shapes())

    @property
    def parameters(self) -> int:
        """How many numbers the model has."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())

    def as_list(self, weights: Weights) -> list[np.ndarray]:
        """The arrays in the order of `names`."""
        return [np.asarray(weights[name], np.float32) for name in self.names]

    def as_weights(self, arrays: Sequence[np.ndarray]) -> Weights:
        """The opposite of `as_list`."""
        return {name: np.asarray(array, np.float32) for name, array in zip(self.names, arrays, strict=True)}

    def initial_weights(self, seed: int) -> Weights:
        """Torchvision's initialization, drawn by numpy: convolutions N(0, 2 / (outputs * 9)) (He et al. 2015,
        fan out), linear layers N(0, 0.01^2), everything else 0 or 1. float32."""
        rng = np.random.default_rng([seed, 0, 2])
        weights: Weights = {}
        for name, shape in self.shapes().items():
            if len(shape) == 4:
                scale = (2 / (shape[0] * shape[2] * shape[3])) ** 0.5
            elif len(shape) == 2:
                scale = 0.01
            else:
                # the scale of a normalization and its running variance begin at 1
                one = name.endswith(("weight", "running_var"))
                weights[name] = np.full(shape, 1.0 if one else 0.0, np.float32)
                continue
            weights[name] = rng.standard_normal(shape, np.float32)
            weights[name] *= np.float32(scale)
        return weights

    def as_json(self) -> dict[str, Any]:
        """What `Architecture(**…)` takes."""
        return asdict(self)


def is_trained(name: str) -> bool:
    """Whether an array is learned, and not what BatchNorm gathers about its inputs."""
    return not name.rpartition(".")[2].startswith("running_")


def _arrays(layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    if layer.kind == "conv":
        yield "weight", (layer.outputs, layer.inputs, 3, 3)
    elif layer.kind == "linear":
        yield "weight", (layer.outputs, layer.inputs)
    elif layer.kind in ("group", "batch"):
        yield "weight", (layer.outputs,)
    else:
        return
    yield "bias", (layer.outputs,)
    if layer.kind == "batch":
        yield "running_mean", (layer.outputs,)
        yield "running_var", (layer.outputs,)
