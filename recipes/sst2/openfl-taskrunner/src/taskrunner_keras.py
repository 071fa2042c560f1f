"""The head as OpenFL's task runner for Keras."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from openfl.federated import KerasTaskRunner
from openfl.utilities import Metric

from metric_line import print_metric
from sst2.head import as_list
from sst2.keras_head import build_head, compile_fresh, fit_in_order, use_device
from sst2.work_folder import load_initial


class HeadRunner(KerasTaskRunner):
    """Weights, validation and their way to the aggregator are OpenFL's; the training is told its order."""

    def __init__(self, work, lr, device_name, pause, **kwargs):
        super().__init__(**kwargs)
        use_device(device_name)
        self.lr, self.pause = lr, pause
        self.model = build_head(self.feature_shape[0], lr)
        self.model.set_weights(as_list(load_initial(Path(work))))  # `fx plan initialize` writes them down
        self.initialize_tensorkeys_for_functions()

    def rebuild_model(self, round_num, input_tensor_dict, validation=False):
        """OpenFL begins every task with it. Its own reset of the optimizer, `reset_opt_vars`, is empty."""
        super().rebuild_model(round_num, input_tensor_dict, validation)
        if not validation:
            compile_fresh(self.model, self.lr)
            self.data_loader.round = round_num + 1  # OpenFL counts from 0

    def train_(self, batch_generator, metrics=None, **kwargs):
        """One client's round."""
        loader = self.data_loader
        figures = fit_in_order(self.model, loader.shard, batch_generator, loader.batch_size)
        time.sleep(self.pause)
        print_metric(loader.round, "client", **figures)
        return [Metric(name=name, value=np.array(figures[name])) for name in metrics]
