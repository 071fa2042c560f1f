"""The head as OpenFL handles a torch model. This folder travels to the director and to every envoy."""

from __future__ import annotations

import numpy as np
from openfl.interface.interactive_api.experiment import ModelInterface
from openfl.plugins.frameworks_adapters.framework_adapter_interface import FrameworkAdapterPluginInterface

from sst2.torch_head import build_head, fit_in_order, get_weights, pick_device, set_weights


class HeadModel(ModelInterface):
    """Builds the head where it is needed, instead of travelling as a pickled module."""

    def __init__(self, width, device, weights):
        super().__init__(model=None, optimizer=None, framework_plugin="head_torch.HeadAdapter")
        self.width, self.device, self.weights = width, device, weights

    def provide_model(self):
        model = build_head(self.width).to(pick_device(self.device))
        set_weights(model, self.weights)
        return model


class HeadAdapter(FrameworkAdapterPluginInterface):
    """How OpenFL reads and sets a model's weights: under the names, and in the shapes, of Keras.

    Not its own torch adapter, because that also sends Adam's state, three times the weights, with every
    update to be averaged, whatever `opt_treatment` says.
    """

    @staticmethod
    def serialization_setup():
        pass

    @staticmethod
    def get_tensor_dict(model, optimizer=None):
        return get_weights(model)

    @staticmethod
    def set_tensor_dict(model, tensor_dict, optimizer=None, device="cpu"):
        # OpenFL's arrays are views of a message, and read-only, which torch warns of.
        set_weights(model, {name: np.array(array) for name, array in tensor_dict.items()})


def fit(model, shard, order, batch_size, lr, device):
    """One client's round, with a new Adam."""
    return fit_in_order(model, shard, order, batch_size, lr, pick_device(device))
