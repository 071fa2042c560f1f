"""A client's round once more, in plain torch that shares no code with the recipes: what verify.py compares with.

It knows vgg_small with GroupNorm or without, whose training draws nothing at random (dropout would).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

Weights = dict[str, np.ndarray]
MEAN, DEVIATION = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


def net(norm: str, outputs: int) -> nn.ModuleDict:
    """VGG's convolutions, then a linear layer on the mean of every channel; named as in the weight files."""
    layers: list[nn.Module] = []
    channels = 3
    for width in (32, None, 64, None, 128, 128, None, 256, None):
        if width is None:
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(channels, width, 3, padding="same"))
        if norm == "group":
            layers.append(nn.GroupNorm(8, width, eps=1e-5))
        layers.append(nn.ReLU())
        channels = width
    linear = nn.Sequential(nn.Linear(channels, outputs))
    return nn.ModuleDict({"features": nn.Sequential(*layers), "classifier": linear})


def scaled(images: np.ndarray) -> torch.Tensor:
    return torch.tensor(((images / 255 - MEAN) / DEVIATION).transpose(0, 3, 1, 2), dtype=torch.float32)


def moved(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each by up to 4 pixels in both directions, every second one mirrored; one after the other."""
    (downs, rights), mirrored = rng.integers(0, 9, (2, len(images))), rng.integers(0, 2, len(images))
    found = np.zeros_like(images)
    for place, (image, down, right, mirror) in enumerate(zip(images, downs, rights, mirrored, strict=True)):
        padded = np.zeros((40, 40, 3), np.uint8)
        padded[4:36, 4:36] = image
        cut = padded[down : down + 32, right : right + 32]
        found[place] = cut[:, ::-1] if mirror else cut
    return found


class PlainTorch:
    """The clients of a run, from its work folder and its params."""

    def __init__(self, work: Path, params: dict[str, Any]) -> None:
        self.task = json.loads((work / "task.json").read_text())
        self.images = np.load(work / "train-images.npy", mmap_mode="r")
        self.labels = np.load(work / "train-labels.npy")
        with np.load(work / "split.npz", allow_pickle=False) as file:
            self.rows = [file[f"client-{number}"] for number in range(1, self.task["clients"] + 1)]
        self.params = params

    def knows(self) -> bool:
        """Whether this model's training can be repeated."""
        made = self.task["architecture"]
        return made["model"] == "vgg_small" and made["norm"] in ("group", "none")

    def together(self) -> None:
        """From now on there is one client, which has what all had: training in one place."""
        self.rows = [np.unique(np.concatenate(self.rows))]

    def trained(self, weights: Weights, round: int, client: int) -> Weights:
        """What `client` (from 1) makes of the global weights in `round` (from 1)."""
        made, params, rows = self.task["architecture"], self.params, self.rows[client - 1]
        model = net(made["norm"], made["outputs"])
        model.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        start = {name: array.detach().clone() for name, array in model.named_parameters()}
        velocity = {name: torch.zeros_like(array) for name, array in start.items()}
        mu = params.get("mu", 0.0) if params.get("strategy") == "fedprox" else 0.0
        order, size = np.random.default_rng([self.task["seed"], round, client]), params["batch_size"]
        step = 0
        for _ in range(params["local_epochs"]):
            shuffled = rows[order.permutation(len(rows))]
            for first in range(0, len(rows), size):
                step += 1
                batch = shuffled[first : first + size]
                images = self.images[batch]
                if self.task["augment"]:
                    images = moved(images, np.random.default_rng([self.task["seed"], round, client, step]))
                logits = model["classifier"](model["features"](scaled(images)).mean((2, 3)))
                loss = nn.functional.cross_entropy(logits, torch.tensor(self.labels[batch]))
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    for name, array in model.named_parameters():
                        gradient = array.grad + 5e-4 * array + mu * (array - start[name])
                        velocity[name] = 0.9 * velocity[name] + gradient
                        array -= params["lr"] * velocity[name]
        return {name: array.numpy() for name, array in model.state_dict().items()}

    def updates(self, weights: Weights, round: int) -> list[Weights]:
        """What all clients make of them, each with its number of images as `num_examples`."""
        return [
            self.trained(weights, round, client) | {"num_examples": np.array(len(rows))}
            for client, rows in enumerate(self.rows, start=1)
        ]
