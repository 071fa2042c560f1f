"""Compares the recipes' MiniLM with a forward pass written apart from it, in numpy, one sentence at a time.

In the environment `data`: python check_minilm.py. Prints the greatest difference, and OK.
"""

from __future__ import annotations

import math

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from sst2.minilm import MiniLm
from sst2.minilm_files import model_folder

SENTENCES = [
    "a gripping film",
    "a great movie that holds you from its first minute to its last",
    "the quarterly report on value added tax",
    "bad",
]
WEIGHTS = {
    name: array.astype(np.float64)
    for name, array in load_file(model_folder() / "model.safetensors").items()
    if array.dtype.kind == "f"
}
TOKENIZER = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
TOKENIZER.no_padding()
ERF = np.vectorize(math.erf)


def linear(x: np.ndarray, name: str) -> np.ndarray:
    return x @ WEIGHTS[f"{name}.weight"].T + WEIGHTS[f"{name}.bias"]


def norm(x: np.ndarray, name: str) -> np.ndarray:
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-12)
    return x * WEIGHTS[f"{name}.weight"] + WEIGHTS[f"{name}.bias"]


def vector(sentence: str) -> np.ndarray:
    """Mean over the tokens of the last layer of a post-norm BERT with 6 layers and 12 heads."""
    ids = TOKENIZER.encode(sentence).ids
    x = WEIGHTS["embeddings.word_embeddings.weight"][ids]
    x = x + WEIGHTS["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + WEIGHTS["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(6):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            linear(x, f"{layer}.attention.self.{name}") for name in ("query", "key", "value")
        )
        mixed = np.empty_like(x)
        for head in range(12):
            part = slice(32 * head, 32 * head + 32)
            scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(32))
            mixed[:, part] = scores / scores.sum(1, keepdims=True) @ value[:, part]
        x = norm(x + linear(mixed, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * (1 + ERF(inner / math.sqrt(2))) / 2
        x = norm(x + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return np.asarray(x.mean(0))


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


wanted = np.stack([vector(sentence) for sentence in SENTENCES])
found = MiniLm("cpu").encode(SENTENCES)  # one batch, so three of four sentences are padded
print("greatest difference", np.abs(found - wanted).max())
assert np.abs(found - wanted).max() < 1e-5
assert likeness(found[0], found[1]) > 0.5 > likeness(found[0], found[2])
print("OK")
