"""The head in PyTorch, with the weights' names and shapes of the Keras one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sst2.head import NAMES, UNITS, as_weights
from sst2.work_folder import Shard
from ticker import Ticker
from weight_files import Weights


def pick_device(device: str) -> str:
    """`auto` is cuda where there is one. Ends the process with a sentence where `cuda` is not there."""
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("error: device=cuda, but torch sees no GPU here; use device=cpu or device=auto")
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"


def build_head(width: int) -> nn.Sequential:
    """The head without its sigmoid, which is part of the loss (BCEWithLogitsLoss)."""
    hidden1, hidden2, output = UNITS
    return nn.Sequential(
        nn.Linear(width, hidden1),
        nn.ReLU(),
        nn.Linear(hidden1, hidden2),
        nn.ReLU(),
        nn.Linear(hidden2, output),
    )


def set_weights(model: nn.Module, weights: Weights) -> None:
    """Torch keeps a kernel as (outputs, inputs): transposed."""
    with torch.no_grad():
        for parameter, name in zip(model.parameters(), NAMES, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(weights[name].T)))


def get_weights(model: nn.Module) -> Weights:
    """The weights under Keras' names and in its shapes."""
    return as_weights([parameter.detach().cpu().numpy().T.copy() for parameter in model.parameters()])


def keras_epsilon(step: int) -> float:
    """The epsilon with which torch's Adam does what Keras' does with 1e-7 in this step (from 1).

    Torch adds it to the corrected root of the second moment, Keras to the uncorrected one. It matters:
    where a gradient is about as small as epsilon, the two move a weight by up to lr apart in each step.
    """
    return 1e-7 / (1 - 0.999**step) ** 0.5


def fit_in_order(
    model: nn.Module, shard: Shard, order: np.ndarray, batch_size: int, lr: float, device: str = "cpu"
) -> dict[str, float]:
    """Trains over `order` (epochs, rows) with a fresh Adam. Returns accuracy and loss of the last epoch,
    counted while it learns."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.999), eps=1e-7)
    loss_of = nn.BCEWithLogitsLoss()
    model.train()
    losses, right, step = 0.0, 0, 0
    ticker, steps = Ticker("training", "batches"), order.shape[0] * -(-order.shape[1] // batch_size)
    for epoch in order:
        x = torch.from_numpy(shard.x[epoch]).to(device)
        y = torch.from_numpy(shard.y[epoch].reshape(-1, 1)).to(device)
        losses, right = 0.0, 0
        for start in range(0, len(epoch), batch_size):
            vectors, labels = x[start : start + batch_size], y[start : start + batch_size]
            optimizer.zero_grad()
            outputs = model(vectors)
            loss = loss_of(outputs, labels)
            loss.backward()
            step += 1
            optimizer.param_groups[0]["eps"] = keras_epsilon(step)
            optimizer.step()
            losses += loss.item() * len(labels)
            right += int(((outputs > 0) == (labels > 0.5)).sum())
            ticker.tick(step, steps)
    rows = len(shard.y)
    return {"accuracy": right / rows, "loss": losses / rows}


def train(
    weights: Weights, shard: Shard, order: np.ndarray, batch_size: int, lr: float, device: str = "cpu"
) -> tuple[Weights, dict[str, float]]:
    """One client's round: from the global `weights` to its own, and the figures of its last epoch."""
    model = build_head(shard.x.shape[1]).to(device)
    set_weights(model, weights)
    figures = fit_in_order(model, shard, order, batch_size, lr, device)
    return get_weights(model), figures


def save_final(folder: Path, weights: Weights) -> None:
    """Writes `model.pt`, a TorchScript that gives probabilities; `torch.jit.load` reads it without any
    code of ours."""
    model = nn.Sequential(build_head(weights["hidden1_kernel"].shape[0]), nn.Sigmoid())
    set_weights(model, weights)
    folder.mkdir(parents=True, exist_ok=True)
    torch.jit.script(model.eval()).save(str(folder / "model.pt"))
