"""Flower's strategies under the names that all recipes share, and what each of them is given."""

from __future__ import annotations

from flwr.serverapp import strategy as flower

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


def own_options(config: dict) -> dict:
    """What the strategy that the run's configuration names takes beside FedAvg's options."""
    if config["strategy"] in ADAPTIVE:
        return {"eta": float(config["server-lr"]), "tau": float(config["tau"])}
    return {
        "fedprox": {"proximal_mu": float(config["mu"])},
        "trimmed_mean": {"beta": float(config["trim"])},
        "krum": {"num_malicious_nodes": int(config["faulty"])},
    }.get(config["strategy"], {})
