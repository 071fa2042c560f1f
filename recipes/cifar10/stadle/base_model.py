"""The base model: what `stadle upload-model` uploads, and what every agent loads the rounds' weights into.

agent.json names the function. Its weights are those that all federations of the run's seed start from.
"""

from __future__ import annotations

from pathlib import Path

from cifar10 import torch_vgg
from cifar10.work_folder import load_architecture, load_initial


def build(work: str) -> torch_vgg.Vgg:
    """The VGG as a torch module. Of its state only what has `weight` or `bias` in its name travels."""
    model = torch_vgg.build(load_architecture(Path(work)))
    torch_vgg.set_weights(model, load_initial(Path(work)))
    return model
