"""Flower's strategies under the names that all recipes share, and what each of them is given."""

from __future__ import annotations

import argparse

from flwr.server import strategy as flower

STRATEGIES = {
    "fedavg": flower.FedAvg,
    "fedprox": flower.FedProx,
    "fedadam": flower.FedAdam,
    "fedyogi": flower.FedYogi,
    "fedadagrad": flower.FedAdagrad,
    "median": flower.FedMedian,
    "trimmed_mean": flower.FedTrimmedAvg,
    "krum": flower.Krum,
}
ADAPTIVE = ("fedadam", "fedyogi", "fedadagrad")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The strategy and its numbers."""
    parser.add_argument("--strategy", choices=list(STRATEGIES), default="fedavg")
    parser.add_argument("--mu", type=float, default=0.01, help="FedProx")
    parser.add_argument("--server-lr", type=float, default=0.01, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--tau", type=float, default=1e-3, help="FedAdam, FedYogi, FedAdagrad")
    parser.add_argument("--trim", type=float, default=0.34, help="trimmed mean")
    parser.add_argument("--faulty", type=int, default=0, help="Krum")


def own_options(args: argparse.Namespace) -> dict:
    """What this strategy takes beside FedAvg's options. Flower's default tau of 1e-9 would let every weight
    that hardly moved make a whole step of `eta`."""
    if args.strategy in ADAPTIVE:
        return {"eta": args.server_lr, "tau": args.tau}
    return {
        "fedprox": {"proximal_mu": args.mu},
        "trimmed_mean": {"beta": args.trim},
        "krum": {"num_malicious_clients": args.faulty},
    }.get(args.strategy, {})
