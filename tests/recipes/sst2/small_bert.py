"""Makes a small pair of SavedModels with the signatures of TF Hub's BERT preprocessor and encoder.

In the environment `data`: python small_bert.py FOLDER  ->  FOLDER/preprocess, FOLDER/encoder

The encoder is a 2-layer BERT, 384 wide, made of the first two layers of MiniLM: so the whole path of
`encoder=bert` can be run where the real model (440 MB) cannot be had. It is not meant to be good.

preprocess: strings (n,) -> {input_word_ids, input_mask, input_type_ids}, int32 (n, 128)
encoder:    those -> {pooled_output (n, 384), sequence_output (n, length, 384), default: pooled_output}
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf
import tensorflow_text as text
from safetensors.numpy import load_file

from sst2.minilm_files import model_folder

LAYERS, HEADS, LENGTH = 2, 12, 128
NAMES = ("input_word_ids", "input_mask", "input_type_ids")


class Preprocess(tf.Module):
    """WordPiece with [CLS] and [SEP], cut and padded to 128."""

    def __init__(self, vocabulary: Path) -> None:
        super().__init__()
        self.tokenizer = text.BertTokenizer(str(vocabulary), lower_case=True, token_out_type=tf.int32)
        words = vocabulary.read_text(encoding="utf-8").split("\n")
        self.start, self.end = words.index("[CLS]"), words.index("[SEP]")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, sentences: tf.Tensor) -> dict[str, tf.Tensor]:
        tokens = self.tokenizer.tokenize(sentences).merge_dims(-2, -1)[:, : LENGTH - 2]
        rows = tf.shape(sentences)[0]
        tokens = tf.concat([tf.fill([rows, 1], self.start), tokens, tf.fill([rows, 1], self.end)], axis=1)
        ids = tokens.to_tensor(shape=[None, LENGTH])
        mask = tf.ones_like(tokens).to_tensor(shape=[None, LENGTH])
        return {"input_word_ids": ids, "input_mask": mask, "input_type_ids": tf.zeros_like(ids)}


class Encoder(tf.Module):
    """A post-norm BERT on MiniLM's weights."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = {
            name.replace(".", "_"): tf.Variable(array.astype("float32"), trainable=False)
            for name, array in load_file(model_folder() / "model.safetensors").items()
            if array.dtype.kind == "f" and not any(f"layer.{late}." in name for late in range(LAYERS, 6))
        }

    @tf.function(input_signature=[{name: tf.TensorSpec([None, None], tf.int32, name) for name in NAMES}])
    def __call__(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        ids, mask = inputs["input_word_ids"], inputs["input_mask"]
        x = tf.gather(self._of("embeddings.word_embeddings.weight"), ids)
        x += self._of("embeddings.position_embeddings.weight")[: tf.shape(ids)[1]]
        x += tf.gather(self._of("embeddings.token_type_embeddings.weight"), inputs["input_type_ids"])
        x = self._norm(x, "embeddings.LayerNorm")
        hidden = (1.0 - tf.cast(mask[:, None, None, :], tf.float32)) * -1e9
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            query, key, value = (
                self._heads(self._linear(x, f"{layer}.attention.self.{name}"))
                for name in ("query", "key", "value")
            )
            shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) / math.sqrt(384 / HEADS) + hidden)
            mixed = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), tf.shape(x))
            mixed = self._linear(mixed, f"{layer}.attention.output.dense")
            x = self._norm(x + mixed, f"{layer}.attention.output.LayerNorm")
            inner = tf.nn.gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        seen = tf.cast(
            mask[:, :, None], tf.float32
        )  # MiniLM's own pooler was never trained: the mean instead
        pooled = tf.reduce_sum(x * seen, axis=1) / tf.reduce_sum(seen, axis=1)
        return {"pooled_output": pooled, "sequence_output": x, "default": pooled}

    def _of(self, name: str) -> tf.Variable:
        return self.weights[name.replace(".", "_")]

    def _linear(self, x: tf.Tensor, name: str) -> tf.Tensor:
        return tf.tensordot(x, self._of(f"{name}.weight"), [[-1], [1]]) + self._of(f"{name}.bias")

    def _norm(self, x: tf.Tensor, name: str) -> tf.Tensor:
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        scaled = (x - mean) * tf.math.rsqrt(variance + 1e-12)
        return scaled * self._of(f"{name}.weight") + self._of(f"{name}.bias")

    def _heads(self, x: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(x)
        return tf.transpose(tf.reshape(x, [shape[0], shape[1], HEADS, 384 // HEADS]), [0, 2, 1, 3])


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tf.saved_model.save(Preprocess(model_folder() / "vocab.txt"), str(folder / "preprocess"))
    tf.saved_model.save(Encoder(), str(folder / "encoder"))
    print(f"made {folder / 'preprocess'} and {folder / 'encoder'}")
