"""OpenFL's aggregation functions under the names that all recipes share, for its director and its TaskRunner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from openfl.interface.aggregation_functions import Median, WeightedAverage
from openfl.interface.aggregation_functions.core import AdaptiveAggregation, AggregationFunction
from openfl.utilities.optimizers.numpy import NumPyAdagrad, NumPyAdam, NumPyYogi

from cifar10.vgg import is_trained
from cifar10.work_folder import load_initial
from weight_files import in_64_bits

# FedProx is the clients' affair: the server takes the mean.
NAMES = ("fedavg", "fedprox", "fedadam", "fedyogi", "fedadagrad", "median")
BETAS = (0.9, 0.99)  # Reddi et al. 2021, and what Flower and TFF take; OpenFL's own default is .9, .999


class Yogi(NumPyYogi):
    """Yogi as published (Zaheer et al. 2018): v moves by a part of the gradient's square. OpenFL's lets v decay
    besides, so that it is neither Yogi nor Adam from its second step on."""

    def _update_second_moment(self, grad_name, grad):
        v, square = self.grads_second_moment[grad_name], grad**2
        self.grads_second_moment[grad_name] = v + (1.0 - self.beta_2) * np.sign(square - v) * square


class Strategy(AggregationFunction):
    """One of OpenFL's aggregation functions, which adds up in 64 bits and gives 32.

    `work` is the run's work folder, with the initial weights: an adaptive strategy keeps weights of its own.
    """

    def __init__(self, name: str, work: str, server_lr: float = 0.03, tau: float = 1e-3) -> None:
        super().__init__()
        self.name, self.work, self.server_lr, self.tau = name, work, server_lr, tau
        self.function: AggregationFunction | None = None

    def call(self, local_tensors, db_iterator, tensor_name, fl_round, tags):
        if (
            self.function is None
        ):  # here, and not where it is made: collaborators make one, too, and never use it
            initial = load_initial(Path(self.work))
            self.exact = in_64_bits(initial) is not initial
            self.function = self._function(initial)
        if self.exact:
            local_tensors = [
                local._replace(tensor=np.asarray(local.tensor, np.float64)) for local in local_tensors
            ]
        made = self.function(local_tensors, db_iterator, tensor_name, fl_round, tags)
        return np.array(made, np.float32)  # a copy, since an adaptive one goes on writing into its own

    def _function(self, initial):
        if self.name == "median":
            return Median()
        if self.name in ("fedavg", "fedprox"):
            return WeightedAverage()
        # BatchNorm's running means and variances are averaged: a step might make a variance negative.
        params = {name: array for name, array in initial.items() if is_trained(name)}
        numbers = {"params": params, "learning_rate": self.server_lr, "epsilon": self.tau}
        if self.name == "fedadagrad":
            optimizer = NumPyAdagrad(**numbers, initial_accumulator_value=0.0)
        else:
            kind = {"fedadam": NumPyAdam, "fedyogi": Yogi}[self.name]
            optimizer = kind(**numbers, betas=BETAS)
        # OpenFL's aggregation functions are singletons: a director's second experiment would go on with the
        # first one's weights. Of a class of its own there is no other object.
        return type("Adaptive", (AdaptiveAggregation,), {})(optimizer, WeightedAverage())
