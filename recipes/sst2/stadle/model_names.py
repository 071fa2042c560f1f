"""The weights under the names that travel with STADLE, and under those of the task.

Keras: `layer_0` to `layer_5`, in the order of `get_weights()`. Torch: `0.weight`, `0.bias` … of its
state_dict, kernels as (outputs, inputs).
"""

from __future__ import annotations

import re

import numpy as np

from sst2.head import as_weights
from weight_files import Weights


def as_head(models: Weights, backend: str) -> Weights:
    """A model of STADLE's as the task's own weights."""
    if backend == "torch":
        # The numbers of the layers are in the names; within one, the kernel comes first.
        names = sorted(models, key=lambda name: (int(name.split(".")[0]), name.endswith("bias")))
        return as_weights([np.ascontiguousarray(models[name].T) for name in names])
    names = sorted(models, key=lambda name: int(re.sub(r"\D", "", name)))
    return as_weights([models[name] for name in names])
