"""A client's local training, whichever the backend: what a framework's own client calls.

    training = LocalTraining("keras", epochs=1, batch_size=64, lr=1e-3)
    weights, figures = training.train(weights, shard, round=1)

The backend is imported when the object is made, so that a server which never trains never waits for it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sst2.work_folder import Shard
from weight_files import Weights, final_file, save_arrays

BACKENDS = ("keras", "torch")


class LocalTraining:
    """Trains the head on a shard: fresh Adam, given order, last partial batch kept."""

    def __init__(
        self,
        backend: str = "keras",
        epochs: int = 1,
        batch_size: int = 64,
        lr: float = 1e-3,
        device: str = "cpu",
    ) -> None:
        self.backend, self.epochs, self.batch_size, self.lr = backend, epochs, batch_size, lr
        if backend == "torch":
            from sst2.torch_head import pick_device

            self.device = pick_device(device)
        else:
            from sst2.keras_head import use_device

            use_device(device)
            self.device = device

    def train(self, weights: Weights, shard: Shard, round: int) -> tuple[Weights, dict[str, float]]:
        """From the global `weights` to the client's own after `round` (counted from 1), and accuracy
        and loss on its shard as counted while it learned in the last epoch."""
        order = shard.order_of(round, self.epochs)
        if self.backend == "torch":
            from sst2 import torch_head

            return torch_head.train(weights, shard, order, self.batch_size, self.lr, self.device)
        from sst2 import keras_head

        return keras_head.train(weights, shard, order, self.batch_size, self.lr)

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """The options that all clients have in common."""
        parser.add_argument("--backend", choices=BACKENDS, default="keras")
        parser.add_argument("--local-epochs", type=int, default=1)
        parser.add_argument("--batch-size", type=int, default=64)
        parser.add_argument("--lr", type=float, default=1e-3)
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")

    @classmethod
    def of(cls, args: argparse.Namespace) -> LocalTraining:
        """The training that those options ask for."""
        return cls(args.backend, args.local_epochs, args.batch_size, args.lr, args.device)


def save_final(artifacts: Path, weights: Weights, backend: str) -> None:
    """artifacts/final/: `model.npz` always, and the backend's own `model.keras` or `model.pt`."""
    save_arrays(final_file(artifacts), weights)
    if backend == "torch":
        from sst2 import torch_head

        torch_head.save_final(final_file(artifacts).parent, weights)
    else:
        from sst2 import keras_head

        keras_head.save_final(final_file(artifacts).parent, weights)
