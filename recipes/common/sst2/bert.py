"""BERT as the chapter uses it: TF Hub's preprocessor and encoder, pooled output; or a local pair of
SavedModels with the same signatures.

The preprocessor turns strings into `input_word_ids`, `input_mask` and `input_type_ids`, int32 (sentences,
128). The encoder turns those into a dictionary whose `pooled_output` is float32 (sentences, width).
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from reachable import why_unreachable
from ticker import Growth, meanwhile

PREPROCESS = "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3"
ENCODER = "https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4"


def why_not(handle: str) -> str | None:
    """Why a model cannot be loaded from `handle`, or None: it is a local SavedModel, or downloaded
    already, or its server answers."""
    if not handle.startswith(("http://", "https://")):
        there = (Path(handle) / "saved_model.pb").is_file()
        return None if there else f"there is no SavedModel (saved_model.pb) in {Path(handle).absolute()}"
    name = hashlib.sha1(handle.encode()).hexdigest()  # TF Hub's own naming
    if (Path(os.environ["TFHUB_CACHE_DIR"]) / name / "saved_model.pb").is_file():
        return None
    return why_unreachable(f"{handle}?tf-hub-format=compressed")


def identity(preprocess: str, encoder: str) -> str:
    """What a cached vector depends on. TF Hub's handles end with a version and never change."""
    return f"bert pooled {_identity_of(preprocess)} {_identity_of(encoder)}"


def _identity_of(handle: str) -> str:
    if handle.startswith(("http://", "https://")):
        return handle
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(handle).rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(handle)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load_layers(preprocess: str, encoder: str) -> tuple[Any, Any]:
    """Both as Keras 2 layers, frozen: hub.KerasLayer refuses Keras 3."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow_hub as hub
    import tensorflow_text  # noqa: F401  (the tokenizer inside the preprocessor is made of its operations)

    cache = Path(os.environ.get("TFHUB_CACHE_DIR") or Path(tempfile.gettempdir(), "tfhub_modules"))
    drop_dead_locks(cache)
    with meanwhile(Growth("loading bert", cache).look):  # TF Hub downloads 400 MB without a line
        return hub.KerasLayer(preprocess, trainable=False), hub.KerasLayer(encoder, trainable=False)


def drop_dead_locks(cache: Path) -> None:
    """Removes the locks of TF Hub whose owner on this machine is dead. Who is killed in a download leaves its
    lock, and TF Hub would wait ten minutes for it, silently."""
    for lock in cache.glob("*.lock"):
        with suppress(FileNotFoundError):  # it has just been given free
            before, _, owner = lock.read_text().partition(f"{socket.gethostname()}.")  # host.pid.uuid
            pid = owner.partition(".")[0]
            if not before and pid.isdigit() and not Path("/proc", pid).exists():
                lock.unlink()


class Bert:
    """Turns sentences into vectors, float32 (sentences, width)."""

    def __init__(self, preprocess: str, encoder: str, device: str = "cpu") -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        import tensorflow as tf

        self.tf = tf
        tf.config.threading.set_intra_op_parallelism_threads(1)  # several batches run at once
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        self.preprocess, self.encoder = load_layers(preprocess, encoder)
        self.trims = True
        try:
            self.encode(["short"])
        except (ValueError, tf.errors.InvalidArgumentError):
            self.trims = False  # this encoder takes no other length than the preprocessor's

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Sentences of like length go into one batch; words are near enough to tokens for that."""
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The pooled output of one batch. Padding beyond the longest sentence is cut off: the encoder
        masks it anyway, and 128 tokens for a sentence of ten take eight times as long."""
        inputs = self.preprocess(self.tf.constant(list(texts)))
        if self.trims:
            longest = int(self.tf.reduce_max(self.tf.reduce_sum(inputs["input_mask"], axis=1)))
            inputs = {name: tensor[:, :longest] for name, tensor in inputs.items()}
        return np.asarray(self.encoder(inputs)["pooled_output"].numpy(), np.float32)
