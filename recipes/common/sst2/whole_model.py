"""The chapter's model in one piece: strings in, the frozen encoder inside, the head on top.

Training it is the same computation as training the head on kept vectors, and takes as much longer as the
encoder does, in every epoch anew. It is here to show that (`sst2/centralized`, inline), and for who wants a model
that takes sentences. Only with the encoder `bert`, whose preprocessor is a part of the model, and in the
environment `data`, which holds TF Hub.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sst2.bert import load_layers
from sst2.head import as_list, as_weights
from sst2.sentences import Sentences
from sst2.work_folder import Shard
from weight_files import Weights, load_arrays


class WholeModelTraining:
    """Trains the whole model on sentences; used like `LocalTraining`."""

    def __init__(self, preprocess: str, encoder: str, epochs: int, batch_size: int, lr: float) -> None:
        self.epochs, self.batch_size, self.lr = epochs, batch_size, lr
        layers = load_layers(preprocess, encoder)  # asks for Keras 2, so before Keras is imported
        from sst2 import keras_head

        self.keras_head = keras_head
        self.head = keras_head.build_layers()
        self.model = build_whole(*layers, self.head)

    def train(self, weights: Weights, shard: Shard, round: int) -> tuple[Weights, dict[str, float]]:
        """From the global `weights` of the head to its own after `round`; `shard.x` holds sentences."""
        self.keras_head.compile_fresh(self.model, self.lr)
        self._set_head(weights)
        order = shard.order_of(round, self.epochs)
        figures = self.keras_head.fit_in_order(self.model, shard, order, self.batch_size)
        return as_weights([array for layer in self.head for array in layer.get_weights()]), figures

    def answers(self, weights: Weights, texts: np.ndarray) -> np.ndarray:
        """0 or 1 for each sentence, by the whole model with this head."""
        self._set_head(weights)
        return (self.model.predict(texts, batch_size=64, verbose=0)[:, 0] > 0.5).astype(np.int64)

    def save(self, folder: Path) -> None:
        """A SavedModel that takes strings; `tf.saved_model.load` needs tensorflow_text imported before."""
        self.model.save(folder, save_format="tf")

    def _set_head(self, weights: Weights) -> None:
        arrays = as_list(weights)
        for number, layer in enumerate(self.head):
            layer.set_weights(arrays[2 * number : 2 * number + 2])


def build_whole(preprocess: Any, encoder: Any, head: list[Any]) -> Any:
    """Keras 2 model: strings (n,) to probabilities (n, 1)."""
    import tensorflow as tf

    sentences = tf.keras.Input(shape=(), dtype=tf.string, name="sentence")
    values = tf.keras.layers.LeakyReLU(0.2)(encoder(preprocess(sentences))["pooled_output"])
    for layer in head:
        values = layer(values)
    return tf.keras.Model(sentences, values, name="sst2_whole")


def union_of_sentences(work: Path, clients: int, seed: int, train: Sentences) -> Shard:
    """All shards one after the other, as sentences instead of vectors, in the order of client 1 of 1."""
    rows = np.concatenate(
        [load_arrays(work / "shards" / f"client-{client}.npz")["rows"] for client in range(1, clients + 1)]
    )
    return Shard(np.array(train.texts, dtype=object)[rows], train.labels[rows], seed, 1)
