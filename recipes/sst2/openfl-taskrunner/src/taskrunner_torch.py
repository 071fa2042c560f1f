"""The head as OpenFL's task runner for torch."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from openfl.federated import PyTorchTaskRunner
from openfl.utilities import Metric

from metric_line import print_metric
from sst2.head import score
from sst2.torch_head import build_head, fit_in_order, get_weights, pick_device, set_weights
from sst2.work_folder import load_initial


class HeadRunner(PyTorchTaskRunner):
    """The tasks and their way to the aggregator are OpenFL's; the training is told its order."""

    def __init__(self, work, lr, device_name, pause, **kwargs):
        super().__init__(device=pick_device(device_name), **kwargs)
        self.lr, self.pause = lr, pause
        self.head = build_head(self.feature_shape[0])
        set_weights(self.head, load_initial(Path(work)))  # `fx plan initialize` writes them down
        self.initialize_tensorkeys_for_functions()

    def get_tensor_dict(self, with_opt_vars=False):
        """The weights under the names, and in the shapes, of Keras."""
        return get_weights(self.head)

    def set_tensor_dict(self, tensor_dict, with_opt_vars=False):
        # OpenFL's arrays are views of a message, and read-only, which torch warns of.
        set_weights(self.head, {name: np.array(array) for name, array in tensor_dict.items()})

    def rebuild_model(self, round_num, input_tensor_dict, validation=False):
        """OpenFL begins every task with it."""
        super().rebuild_model(round_num, input_tensor_dict, validation)
        if not validation:
            self.data_loader.round = round_num + 1  # OpenFL counts from 0

    def train_(self, train_dataloader):
        """One client's round, with a new Adam."""
        loader = self.data_loader
        figures = fit_in_order(
            self.head, loader.shard, train_dataloader, loader.batch_size, self.lr, str(self.device)
        )
        time.sleep(self.pause)
        print_metric(loader.round, "client", **figures)
        return Metric(name="loss", value=np.array(figures["loss"]))

    def validate_(self, validation_dataloader):
        """OpenFL's own takes the greatest of several outputs for the answer; the head has one."""
        ((vectors, labels),) = validation_dataloader
        accuracy, _ = score(get_weights(self.head), vectors, labels[:, 0])
        return Metric(name="accuracy", value=np.array(accuracy))
