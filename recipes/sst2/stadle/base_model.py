"""The base model: what `stadle upload-model` uploads, and what every agent loads the rounds' weights into.

agent.json names a function of this module. Its weights are those that all federations of the run's seed
start from.
"""

from __future__ import annotations

from pathlib import Path

from sst2.head import as_list
from sst2.work_folder import load_initial


def build_keras(work: str):
    """The head as a Keras model; Keras' own names of its weights travel."""
    from sst2.keras_head import build_head

    initial = load_initial(Path(work))
    model = build_head(initial["hidden1_kernel"].shape[0])
    model.set_weights(as_list(initial))
    return model


def build_torch(work: str):
    """The head as a torch module. Of its state only what has `weight` or `bias` in its name travels."""
    from sst2.torch_head import build_head, set_weights

    initial = load_initial(Path(work))
    model = build_head(initial["hidden1_kernel"].shape[0])
    set_weights(model, initial)
    return model
