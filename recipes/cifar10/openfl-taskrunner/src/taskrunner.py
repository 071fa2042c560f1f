"""The VGG models as OpenFL's task runner for torch."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from openfl.federated import PyTorchTaskRunner
from openfl.utilities import Metric

from cifar10.torch_vgg import build, fit_in_order, get_weights, pick_device, score, set_weights
from cifar10.work_folder import load_architecture, load_initial
from metric_line import print_metric


class VggRunner(PyTorchTaskRunner):
    """The tasks and their way to the aggregator are OpenFL's; the training is told its batches."""

    def __init__(self, work, local_epochs, batch_size, lr, device_name, strategy, mu, pause, **kwargs):
        super().__init__(device=pick_device(device_name), **kwargs)
        self.epochs, self.batch_size, self.lr, self.pause = local_epochs, batch_size, lr, pause
        self.mu = mu if strategy == "fedprox" else 0.0
        self.vgg = build(load_architecture(Path(work)), str(self.device))
        set_weights(self.vgg, load_initial(Path(work)))  # `fx plan initialize` writes them down
        self.initialize_tensorkeys_for_functions()

    def get_tensor_dict(self, with_opt_vars=False):
        """The weights under torch's names, without the prefix that being a part of this module would give."""
        return get_weights(self.vgg)

    def set_tensor_dict(self, tensor_dict, with_opt_vars=False):
        # OpenFL's arrays are views of a message, and read-only, which torch warns of; a copy of all of VGG-16
        # would be half a gigabyte.
        for name, array in tensor_dict.items():
            set_weights(self.vgg, {name: np.array(array)})

    def rebuild_model(self, round_num, input_tensor_dict, validation=False):
        """OpenFL begins every task with it, and tells nobody else the round."""
        super().rebuild_model(round_num, input_tensor_dict, validation)
        self.round = round_num + 1  # OpenFL counts from 0

    def train_(self, train_dataloader):
        """One client's round, with a new SGD."""
        figures = fit_in_order(
            self.vgg,
            train_dataloader,
            self.round,
            self.epochs,
            self.batch_size,
            self.lr,
            str(self.device),
            self.mu,
        )
        self.vgg.zero_grad()  # as large as the model, and it would wait with it
        time.sleep(self.pause)
        print_metric(self.round, "client", **figures)
        return Metric(name="loss", value=np.array(figures["loss"]))

    def validate_(self, validation_dataloader):
        """Accuracy alone: the best model has the greatest value of any metric."""
        accuracy, _, _ = score(self.vgg, *validation_dataloader)
        return Metric(name="accuracy", value=np.array(accuracy))
