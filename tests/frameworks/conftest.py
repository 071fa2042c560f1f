"""Real federations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from federations import Start, federations
from stadle_projects import TOKEN, projects


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """`start("digits/flower", rounds=4)` begins a run; whatever still runs at the end is stopped."""
    with federations(request, tmp_path) as begin:
        yield begin


@pytest.fixture
def somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """`somebody_elses(agents=3, rounds=2)` starts what stands in for STADLE's service; returns its port. Its
    token is in TEST_STADLE_TOKEN."""
    monkeypatch.setenv("TEST_STADLE_TOKEN", TOKEN)
    with projects(tmp_path) as begin:
        yield begin
