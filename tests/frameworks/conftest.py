"""Real federations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from federations import Start, federations


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """`start("digits/flower", rounds=4)` begins a run; whatever still runs at the end is stopped."""
    with federations(request, tmp_path) as begin:
        yield begin
