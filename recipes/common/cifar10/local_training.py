"""A client's local training in torch: what a framework's own client calls.

    training = LocalTraining(load_architecture(work), epochs=1, batch_size=32, lr=0.01)
    weights, figures = training.train(weights, shard, round=1)

Torch is imported when the object is made, so that a server which never trains never waits for it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cifar10.vgg import Architecture
from cifar10.work_folder import Shard, load_architecture
from weight_files import Weights, final_file, save_arrays


class LocalTraining:
    """Trains the model on a shard: fresh SGD, given batches, last partial batch kept."""

    def __init__(
        self,
        architecture: Architecture,
        epochs: int = 1,
        batch_size: int = 32,
        lr: float = 0.01,
        device: str = "cpu",
    ) -> None:
        from cifar10.torch_vgg import pick_device

        self.architecture = architecture
        self.epochs, self.batch_size, self.lr = epochs, batch_size, lr
        self.device = pick_device(device)

    def train(
        self, weights: Weights, shard: Shard, round: int, mu: float = 0.0
    ) -> tuple[Weights, dict[str, float]]:
        """From the global `weights` to the client's own after `round` (counted from 1), and accuracy
        and loss on its shard as counted while it learned in the last epoch. `mu` is FedProx'."""
        from cifar10 import torch_vgg

        return torch_vgg.train(
            weights, shard, round, self.architecture, self.epochs, self.batch_size, self.lr, self.device, mu
        )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """The options that all clients have in common."""
        parser.add_argument("--local-epochs", type=int, default=1)
        parser.add_argument("--batch-size", type=int, default=32)
        parser.add_argument("--lr", type=float, default=0.01)
        parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or cuda:N")

    @classmethod
    def of(cls, args: argparse.Namespace, work: Path) -> LocalTraining:
        """The training that those options ask for, of the model that `prepare` was asked for."""
        return cls(load_architecture(work), args.local_epochs, args.batch_size, args.lr, args.device)


def save_final(artifacts: Path, weights: Weights, architecture: Architecture) -> None:
    """artifacts/final/: `model.npz`, and torch's own `model.pt`."""
    from cifar10 import torch_vgg

    save_arrays(final_file(artifacts), weights)
    torch_vgg.save_final(final_file(artifacts).parent, weights, architecture)
