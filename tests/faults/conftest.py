"""Faults are marked `faults`; each leaves a record for docs/faults.md where FLTUI_FAULTS names a folder."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from federations import Start, federations

sys.path.insert(0, str(Path(__file__).resolve().parent))

Note = Callable[[dict[str, Any]], None]


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """`start("sst2/flower", rounds=3)` begins a run; whatever still runs at the end is stopped."""
    with federations(request, tmp_path) as begin:
        yield begin


@pytest.fixture
def note() -> Note:
    """Keeps what one row showed, in a file named by recipe and fault."""

    def write(record: dict[str, Any]) -> None:
        folder = os.environ.get("FLTUI_FAULTS")
        if folder:
            name = re.sub(r"\W+", "-", f"{record['recipe']}-{record['fault']}")
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")

    return write
