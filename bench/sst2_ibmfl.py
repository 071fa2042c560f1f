"""IBM FL, its console typed into, on all sentences of SST-2 (FLTUI_DATA says where they are), their vectors cached."""

from __future__ import annotations

from bench.federation import compare
from bench.row import Row


def measure() -> Row:
    # About a minute: a party looks for work in its own time, so that short runs differ by a tenth of themselves.
    return compare("sst2/ibmfl", {"encoder": "minilm", "rounds": "12"})
