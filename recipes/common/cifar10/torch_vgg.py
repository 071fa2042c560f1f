"""The VGG models in PyTorch, with torchvision's names, and a client's training."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cifar10.pixels import MEAN, STD, normalized
from cifar10.vgg import EPSILON, GROUPS, Architecture, Layer
from cifar10.work_folder import Shard
from ticker import Ticker
from weight_files import Weights

MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4


class DoesNotFitError(RuntimeError):
    """A batch and its model are more than the GPU has memory for."""


class Vgg(nn.Module):
    """Torchvision's VGG: its three parts and their names, whatever the layers in them."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.features = nn.Sequential(*map(layer_of, architecture.features()))
        self.avgpool = nn.AdaptiveAvgPool2d((architecture.pooled, architecture.pooled))
        self.classifier = nn.Sequential(*map(layer_of, architecture.classifier()))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (rows, outputs) of normalized images (rows, 3, 32, 32)."""
        found = self.avgpool(self.features(images))
        logits: torch.Tensor = self.classifier(torch.flatten(found, 1))
        return logits


def layer_of(layer: Layer) -> nn.Module:
    """One layer as torchvision makes it."""
    if layer.kind == "conv":
        return nn.Conv2d(layer.inputs, layer.outputs, kernel_size=3, padding=1)
    if layer.kind == "group":
        return nn.GroupNorm(GROUPS, layer.outputs, eps=EPSILON)
    if layer.kind == "batch":
        return nn.BatchNorm2d(layer.outputs, eps=EPSILON)
    if layer.kind == "linear":
        return nn.Linear(layer.inputs, layer.outputs)
    if layer.kind == "dropout":
        return nn.Dropout(0.5)
    return nn.MaxPool2d(kernel_size=2, stride=2) if layer.kind == "pool" else nn.ReLU(inplace=True)


def pick_device(wanted: str) -> str:
    """`auto` is cuda where there is one. Ends the process with a sentence where the device is not there."""
    number = re.fullmatch(r"auto|cpu|cuda(?::(\d+))?", wanted)
    if number is None:
        sys.exit(f"error: device is auto, cpu, cuda or cuda:N, not {wanted!r}")
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted.startswith("cuda") and not there:
        sys.exit(f"error: device={wanted}, but torch sees no GPU here; use device=cpu or device=auto")
    if int(number[1] or 0) >= max(there, 1):
        sys.exit(f"error: device={wanted}, but the last of the {there} GPUs here is cuda:{there - 1}")
    if wanted == "auto":
        return "cuda" if there else "cpu"
    return wanted


def build(architecture: Architecture, device: str = "cpu") -> Vgg:
    """The model, its weights not yet set: drawing torch's own takes seconds for VGG-16."""
    with torch.device("meta"):
        model = Vgg(architecture)
    model = model.to_empty(device=device)
    for buffer in model.buffers():
        buffer.zero_()  # num_batches_tracked, which no weight file holds
    return model


def set_weights(model: nn.Module, weights: Weights) -> None:
    """Takes weights by name; the model keeps its own memory."""
    arrays = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    with torch.no_grad():
        for name, array in weights.items():
            arrays[name].copy_(torch.as_tensor(np.asarray(array, np.float32)))


def get_weights(model: nn.Module) -> Weights:
    """The weights under their names, copied out of the model."""
    return {
        name: array.detach().cpu().numpy().copy()
        for name, array in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def fit_in_order(
    model: nn.Module,
    shard: Shard,
    round: int,
    epochs: int,
    batch_size: int,
    lr: float,
    device: str = "cpu",
    mu: float = 0.0,
) -> dict[str, float]:
    """Trains the model for one round with a fresh SGD, on the shard's batches and in their order. Returns
    accuracy and loss of the last epoch, counted while it learns.

    `mu` is FedProx' (Li et al. 2018): mu/2 times the squared distance from the global weights is added to
    the loss. Raises DoesNotFitError.
    """
    # An optimizer that lives on would go on with a momentum from before the server averaged.
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    start = [parameter.detach().clone() for parameter in model.parameters()] if mu else []
    # only dropout draws from it, and vgg_small has none
    seed = np.random.SeedSequence([shard.seed, round, shard.client]).generate_state(1)[0]
    torch.manual_seed(int(seed))
    model.train()
    losses, right, rows = 0.0, 0, len(shard.labels)
    seen = 0
    ticker, steps = Ticker(f"training: round {round}", "batches"), epochs * -(-rows // batch_size)
    try:
        for step, (images, labels) in enumerate(shard.batches(round, epochs, batch_size), start=1):
            if seen == rows:  # the next epoch
                losses, right, seen = 0.0, 0, 0
            x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device)
            y = torch.from_numpy(labels).to(device)
            optimizer.zero_grad()
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            loss.backward()
            for parameter, anchor in zip(model.parameters(), start, strict=False):
                assert parameter.grad is not None
                parameter.grad.add_(parameter.detach() - anchor, alpha=mu)
            optimizer.step()
            losses += loss.item() * len(y)
            right += int((logits.argmax(1) == y).sum())
            seen += len(y)
            ticker.tick(step, steps)
    except torch.cuda.OutOfMemoryError:
        free, total = (number / 2**30 for number in torch.cuda.mem_get_info(device))
        raise DoesNotFitError(
            f"a batch of {batch_size} images does not fit into the memory of {device}, of whose {total:.1f} GiB "
            f"{free:.1f} are free: take a smaller batch_size or model, or fewer clients on this GPU"
        ) from None
    return {"accuracy": right / rows, "loss": losses / rows}


def train(
    weights: Weights,
    shard: Shard,
    round: int,
    architecture: Architecture,
    epochs: int,
    batch_size: int,
    lr: float,
    device: str = "cpu",
    mu: float = 0.0,
) -> tuple[Weights, dict[str, float]]:
    """One client's round: from the global `weights` to its own, and the figures of its last epoch."""
    model = build(architecture, device)
    set_weights(model, weights)
    figures = fit_in_order(model, shard, round, epochs, batch_size, lr, device, mu)
    return get_weights(model), figures


def score(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Accuracy, mean cross-entropy (nats), and what the model answers; `images` as stored, uint8."""
    model.eval()
    device = next(model.parameters()).device
    outputs = []
    ticker = Ticker("scoring", "images")
    with torch.inference_mode():
        for start in range(0, len(labels), 250):
            batch = normalized(images[start : start + 250]).transpose(0, 3, 1, 2)
            outputs.append(model(torch.from_numpy(np.ascontiguousarray(batch)).to(device)).cpu().double())
            ticker.tick(start, len(labels))
    logits = torch.cat(outputs)
    answers = logits.argmax(1).numpy()
    loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels)).item()
    return float((answers == labels).mean()), loss, answers


class FromPixels(nn.Module):
    """The model with its scaling inside: takes images as they are stored, (rows, 32, 32, 3) uint8."""

    def __init__(self, model: Vgg) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("mean", torch.from_numpy(MEAN.copy()))
        self.register_buffer("deviation", torch.from_numpy(STD.copy()))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits, shape (rows, outputs)."""
        scaled = (images.float() / 255.0 - self.mean) / self.deviation
        return self.model(scaled.permute(0, 3, 1, 2))


def save_final(folder: Path, weights: Weights, architecture: Architecture) -> None:
    """Writes `model.pt`, a TorchScript from stored pixels to logits; `torch.jit.load` reads it without any
    code of ours."""
    model = build(architecture)
    set_weights(model, weights)
    folder.mkdir(parents=True, exist_ok=True)
    torch.jit.script(FromPixels(model).eval()).save(str(folder / "model.pt"))
