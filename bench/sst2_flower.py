"""Flower on all sentences of SST-2 (FLTUI_DATA says where they are), their vectors cached."""

from __future__ import annotations

from bench.federation import compare
from bench.row import Row


def measure() -> Row:
    # About a minute: what a start costs in absolute time must not stand for the rounds.
    return compare("sst2/flower", {"encoder": "minilm", "rounds": "12"})
