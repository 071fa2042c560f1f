"""IBM FL, its console typed into, on all sentences of SST-2 (FLTUI_DATA says where they are), their vectors cached."""

from __future__ import annotations

from bench.federation import compare
from bench.row import Row


def measure() -> Row:
    return compare(
        "sst2/ibmfl", {"encoder": "minilm"}, turns=8
    )  # a party looks for work in its own time: runs differ by seconds
