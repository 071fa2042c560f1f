"""IBM FL, its console typed into, on all sentences of SST-2 (FLTUI_DATA says where they are), their vectors cached."""

from __future__ import annotations

from bench.federation import compare
from bench.row import Row


def measure() -> Row:
    # A party looks for work in its own time, so that runs differ by seconds.
    return compare("sst2/ibmfl", {"encoder": "minilm"}, turns=8)
