"""Flower's strategies under the names that all recipes share, in both of its flows."""

from __future__ import annotations

from types import ModuleType

from cifar10.vgg import Architecture

_CLASSES = {
    "fedavg": "FedAvg",
    "fedprox": "FedProx",
    "fedadam": "FedAdam",
    "fedyogi": "FedYogi",
    "fedadagrad": "FedAdagrad",
    "median": "FedMedian",
    "trimmed_mean": "FedTrimmedAvg",
    "krum": "Krum",
}
NAMES = tuple(_CLASSES)
_ADAPTIVE = ("fedadam", "fedyogi", "fedadagrad")


def strategy_of(flower: ModuleType, name: str) -> type:
    """The class of that name in `flwr.server.strategy` or `flwr.serverapp.strategy`."""
    return getattr(flower, _CLASSES[name])


def check_fits(name: str, model: Architecture) -> None:
    """Raises ValueError with a sentence for a strategy that this model cannot have."""
    if model.norm == "batch" and name in _ADAPTIVE:
        raise ValueError(
            f"{name} would take a step on BatchNorm's running variances, too, which may make them negative; "
            "use norm=group"
        )


def own_options(name: str, mu: float, server_lr: float, tau: float, trim: float, krum: dict) -> dict:
    """What this strategy takes beside FedAvg's options; `krum` is what the flow calls Krum's. Flower's default
    tau of 1e-9 would let every weight that hardly moved make a whole step of `eta`."""
    if name in _ADAPTIVE:
        return {"eta": server_lr, "tau": tau}
    return {"fedprox": {"proximal_mu": mu}, "trimmed_mean": {"beta": trim}, "krum": krum}.get(name, {})
