"""TFF's learning algorithms under the names that all recipes share."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import tensorflow_federated as tff

STRATEGIES = ("fedavg", "fedadam", "fedyogi", "fedadagrad")
MOMENTUM = 0.9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The strategy and its numbers."""
    parser.add_argument("--strategy", choices=STRATEGIES, default="fedavg")
    parser.add_argument("--server-lr", type=float, default=0.03, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--tau", type=float, default=1e-3, help="FedAdam, FedYogi, FedAdagrad")


def build_process(
    model_fn: Callable[[], tff.learning.models.VariableModel], args: argparse.Namespace
) -> tff.learning.templates.LearningProcess:
    """Federated averaging, weighted by numbers of examples (TFF's default), with an SGD that is new in every
    round (TFF's way: a client keeps no state).

    In TFF a strategy is the server's optimizer: it gets the mean of the distances that the clients went, as
    a gradient. SGD with a rate of 1 goes just there.
    """
    return tff.learning.algorithms.build_weighted_fed_avg(
        model_fn,
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(args.lr, momentum=MOMENTUM),
        server_optimizer_fn=server_optimizer(args),
    )


def server_optimizer(args: argparse.Namespace) -> tff.learning.optimizers.Optimizer:
    """What makes the next global model, with the constants of Reddi et al. 2021: tau keeps the divisor from 0,
    and where there is a first value of it to choose, that is tau squared."""
    rate, tau, optimizers = args.server_lr, args.tau, tff.learning.optimizers
    if args.strategy == "fedadam":
        return optimizers.build_adam(rate, beta_1=0.9, beta_2=0.99, epsilon=tau)
    if args.strategy == "fedyogi":
        return optimizers.build_yogi(
            rate, beta_1=0.9, beta_2=0.99, epsilon=tau, initial_preconditioner_value=tau**2
        )
    if args.strategy == "fedadagrad":
        return optimizers.build_adagrad(rate, initial_preconditioner_value=tau**2)
    return optimizers.build_sgdm(1.0)
