"""The head as OpenFL handles a Keras model. This folder travels to the director and to every envoy."""

from __future__ import annotations

from openfl.interface.interactive_api.experiment import ModelInterface
from openfl.plugins.frameworks_adapters.framework_adapter_interface import FrameworkAdapterPluginInterface

from sst2.head import as_list, as_weights
from sst2.keras_head import build_head, compile_fresh, fit_in_order, use_device


class HeadModel(ModelInterface):
    """Builds the head where it is needed, instead of travelling as a pickled Keras object."""

    def __init__(self, width, device, weights):
        super().__init__(model=None, optimizer=None, framework_plugin="head_keras.HeadAdapter")
        self.width, self.device, self.weights = width, device, weights

    def provide_model(self):
        use_device(self.device)
        model = build_head(self.width)
        model.set_weights(as_list(self.weights))
        return model


class HeadAdapter(FrameworkAdapterPluginInterface):
    """How OpenFL reads and sets a model's weights.

    Not its own Keras adapter, because that also sends Adam's state, three times the weights, with every
    update to be averaged, whatever `opt_treatment` says.
    """

    @staticmethod
    def serialization_setup():
        pass

    @staticmethod
    def get_tensor_dict(model, optimizer=None):
        return as_weights(model.get_weights())

    @staticmethod
    def set_tensor_dict(model, tensor_dict, optimizer=None, device="cpu"):
        model.set_weights(as_list(tensor_dict))


def fit(model, shard, order, batch_size, lr, device):
    """One client's round. OpenFL's `opt_treatment: RESET` resets nothing in Keras: a new Adam does."""
    compile_fresh(model, lr)
    return fit_in_order(model, shard, order, batch_size)
