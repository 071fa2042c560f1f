"""The VGG models as OpenFL handles them. This folder travels to the director and to every envoy."""

from __future__ import annotations

import numpy as np
from openfl.interface.interactive_api.experiment import ModelInterface
from openfl.plugins.frameworks_adapters.framework_adapter_interface import FrameworkAdapterPluginInterface

from cifar10.torch_vgg import build, get_weights, pick_device, set_weights


class VggModel(ModelInterface):
    """Builds the model where it is needed, instead of travelling as a pickled module.

    The weights that `initial` gives stay at home: envoys get theirs from the aggregator, and OpenFL would send
    the director a whole model with every 2 MB of the workspace.
    """

    def __init__(self, architecture, device, initial):
        super().__init__(model=None, optimizer=None, framework_plugin="vgg_model.VggAdapter")
        self.architecture, self.device, self.initial = architecture, device, initial

    def __getstate__(self):
        return {**self.__dict__, "initial": dict}  # no weights

    def provide_model(self):
        model = build(self.architecture, pick_device(self.device))
        set_weights(model, self.initial())
        return model


class VggAdapter(FrameworkAdapterPluginInterface):
    """How OpenFL reads and sets a model's weights.

    Not its own torch adapter, because that also sends the optimizer's state, a momentum for every weight,
    with every update to be averaged, whatever `opt_treatment` says.
    """

    @staticmethod
    def serialization_setup():
        pass

    @staticmethod
    def get_tensor_dict(model, optimizer=None):
        return get_weights(model)

    @staticmethod
    def set_tensor_dict(model, tensor_dict, optimizer=None, device="cpu"):
        # Taken out one by one, since OpenFL keeps the dictionary until the task is done: half a gigabyte with
        # VGG-16. Copied, since its arrays are read-only, which torch warns of.
        for name in list(tensor_dict):
            set_weights(model, {name: np.array(tensor_dict.pop(name))})
