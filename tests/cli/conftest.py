"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engines

from fltui.facts.site import runs_folder


@pytest.fixture
def engines(own_site: Path) -> Iterator[Engines]:
    """Engines whose runs lie where a user's runs lie."""
    found = Engines(runs_folder())
    yield found
    found.close()
