"""Which frozen encoder turns the sentences into vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from sst2 import bert, minilm_files

NAMES = ("auto", "bert", "minilm")


class Encoder(Protocol):
    """A loaded model."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """About how many tokens each has."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of one batch, float32 (sentences, width)."""


class EncoderError(Exception):
    """The encoder that was asked for cannot be had."""


@dataclass(frozen=True)
class Choice:
    """An encoder that can be loaded. `identity` is what its vectors depend on; `says` is for people."""

    name: str
    identity: str
    says: str
    load: Callable[[str], Encoder]


def choose(name: str, preprocess: str, encoder: str, cache: Path) -> Choice:
    """`bert`, `minilm`, or `auto`: BERT where it can be had, else MiniLM. Raises EncoderError."""
    os.environ.setdefault("TFHUB_CACHE_DIR", str(cache / "tfhub"))  # else it is in /tmp, and gone tomorrow
    missing = None
    if name in ("auto", "bert"):
        missing = bert.why_not(preprocess) or bert.why_not(encoder)
        if missing is None:
            return Choice(
                "bert",
                bert.identity(preprocess, encoder),
                f"bert ({encoder})",
                lambda device: bert.Bert(preprocess, encoder, device),
            )
    if name == "bert":
        raise EncoderError(
            f"BERT cannot be had: {missing}. Without a network, name a local pair of SavedModels "
            "(--set bert_preprocess=FOLDER --set bert_encoder=FOLDER) or take --set encoder=minilm"
        )
    stands_in = f"; it stands in for BERT, which cannot be had: {missing}" if missing else ""
    return Choice(
        "minilm",
        minilm_files.identity(),
        f"minilm (all-MiniLM-L6-v2, mean pooling{stands_in})",
        load_minilm,
    )


def load_minilm(device: str) -> Encoder:
    """Imports torch, which is why it is not done at the top."""
    from sst2.minilm import MiniLm

    return MiniLm(device)
