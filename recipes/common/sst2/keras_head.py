"""The head in Keras: the same function for Keras 2 (TensorFlow 2.12 to 2.15) and Keras 3.

Every framework trains with it, so that all compute the same thing: equal weights, batches in the
given order, the last partial one kept, and an Adam that starts anew in every round.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # else each start says what oneDNN is

import numpy as np
import tensorflow as tf

from sst2.head import UNITS, as_list, as_weights
from sst2.work_folder import Shard
from ticker import Ticker
from weight_files import Weights


def use_device(device: str) -> None:
    """`cpu` hides the GPUs from TensorFlow, `cuda` insists on one, `auto` takes what is there.

    Must be called before the first tensor. Ends the process with a sentence where there is no GPU.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    elif device == "cuda" and not gpus:
        sys.exit("error: device=cuda, but TensorFlow sees no GPU here; use device=cpu or device=auto")


def build_layers() -> list[Any]:
    """The head's three layers."""
    hidden1, hidden2, output = UNITS
    return [
        tf.keras.layers.Dense(hidden1, activation="relu", name="hidden1"),
        tf.keras.layers.Dense(hidden2, activation="relu", name="hidden2"),
        tf.keras.layers.Dense(output, activation="sigmoid", name="output"),
    ]


def build_head(width: int, lr: float = 1e-3) -> Any:
    """The head for vectors of `width` numbers, compiled with a fresh Adam."""
    model = tf.keras.Sequential([tf.keras.Input(shape=(width,)), *build_layers()], name="sst2_head")
    compile_fresh(model, lr)
    return model


def compile_fresh(model: Any, lr: float) -> None:
    """Gives the model a new Adam. An Adam that lives on from round to round averages its momentum over
    weights that the server has replaced meanwhile: .02 away in the weights after three rounds."""
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # compiling a head this small takes longer than training it
    )


class Ticking(tf.keras.callbacks.Callback):
    """Says now and then after how many batches the training is: a slow one is then known from one that hangs.
    Keras' own bar, which `verbose` would draw, redraws one line at every batch."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.ticker, self.steps, self.done = Ticker("training", "batches"), steps, 0
        self._supports_tf_logs = True  # else Keras 2 fetches the figures of every batch for it

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.done += 1
        self.ticker.tick(self.done, self.steps)


def fit_in_order(model: Any, shard: Shard, order: np.ndarray, batch_size: int) -> dict[str, float]:
    """Trains over `order` (epochs, rows), shuffling nothing. Returns accuracy and loss of the last
    epoch as Keras counts them: while it learns, so a little below what the trained model gives."""
    history: dict[str, float] = {}
    ticking = Ticking(order.shape[0] * -(-order.shape[1] // batch_size))
    for epoch in order:
        x, y = shard.x[epoch], shard.y[epoch].reshape(-1, 1)
        said = model.fit(x, y, batch_size=batch_size, epochs=1, shuffle=False, verbose=0, callbacks=[ticking])
        history = {name: float(said.history[name][-1]) for name in ("accuracy", "loss")}
    return history


def train(
    weights: Weights, shard: Shard, order: np.ndarray, batch_size: int, lr: float
) -> tuple[Weights, dict[str, float]]:
    """One client's round: from the global `weights` to its own, and the figures of its last epoch."""
    model = build_head(shard.x.shape[1], lr)
    model.set_weights(as_list(weights))
    figures = fit_in_order(model, shard, order, batch_size)
    return as_weights(model.get_weights()), figures


def save_final(folder: Path, weights: Weights) -> None:
    """Writes `model.keras`, which `tf.keras.models.load_model` reads without any code of ours."""
    model = build_head(weights["hidden1_kernel"].shape[0])
    model.set_weights(as_list(weights))
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
