"""The Flower server of the book's flow: `start_server`, and a strategy that keeps every round's weights."""

from __future__ import annotations

import argparse
import sys

from flwr.server import strategy as flower

from cifar10.flower_strategies import NAMES, check_fits, own_options, strategy_of
from cifar10.local_training import save_final
from cifar10.vgg import Architecture
from cifar10.work_folder import load_architecture, load_initial
from flower_server import Recording, add_arguments, recording, serve
from weight_files import Weights


def add_strategy(parser: argparse.ArgumentParser) -> None:
    """The strategy and its numbers."""
    parser.add_argument("--strategy", choices=NAMES, default="fedavg")
    parser.add_argument("--mu", type=float, default=0.01, help="FedProx")
    parser.add_argument("--server-lr", type=float, default=0.03, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--tau", type=float, default=1e-3, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--trim", type=float, default=0.34, help="trimmed mean")
    parser.add_argument("--faulty", type=int, default=0, help="Krum")


def recording_strategy(args: argparse.Namespace, model: Architecture, initial: Weights) -> Recording:
    """The strategy that is asked for, recording. Ends the process with a sentence where it cannot be."""
    try:
        check_fits(args.strategy, model)
    except ValueError as problem:
        sys.exit(f"error: {problem}")
    krum = {"num_malicious_clients": args.faulty}
    return recording(strategy_of(flower, args.strategy))(
        args,
        model.as_weights(model.as_list(initial)),
        model.as_weights,
        exact=True,
        # Flower's own evaluation would send every client the weights once more, for a figure that our
        # evaluator gives.
        fraction_evaluate=0.0,
        **own_options(args.strategy, args.mu, args.server_lr, args.tau, args.trim, krum),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=5, round_timeout=3600.0)
    add_strategy(parser)
    args = parser.parse_args()
    work = args.run / "work"
    model = load_architecture(work)
    strategy = recording_strategy(args, model, load_initial(work))
    serve(args, strategy, lambda artifacts, weights: save_final(artifacts, weights, model))


if __name__ == "__main__":
    main()
