"""Real runs for the terminal app's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import textual._wait
from dialogue_runs import DialogueRun, start_dialogue
from engines import Engines
from recipe_shelf import Shelf

from fltui.facts.site import runs_folder


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pilot looks every 10 ms, not 20, whether the app is idle: it waits for that twice after each key."""
    monkeypatch.setattr(textual._wait, "SLEEP_GRANULARITY", 0.01)
    monkeypatch.setattr(textual._wait, "SLEEP_IDLE", 0.0005)


@pytest.fixture(autouse=True)
def long_toasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told stays a minute: on a loaded machine five seconds were over before a test had looked."""
    monkeypatch.setattr("fltui.tui.toasts._LONGEST_S", 60.0)


@pytest.fixture
def engines(own_site: Path) -> Iterator[Engines]:
    found = Engines(runs_folder())
    found.root.mkdir(parents=True, exist_ok=True)
    yield found
    found.close()


@pytest.fixture
def dialogue(tmp_path: Path, own_site: Path) -> Iterator[Callable[..., DialogueRun]]:
    """`dialogue(words…, attended=…, rounds=…)` starts a federation with a console that is spoken to."""
    started: list[DialogueRun] = []

    def start(*words: str, **options: object) -> DialogueRun:
        run = start_dialogue(tmp_path / f"dialogue-{len(started)}", *words, **options)  # type: ignore[arg-type]
        started.append(run)
        return run

    yield start
    for run in started:
        run.close()


@pytest.fixture
def shelf(tmp_path: Path, own_site: Path) -> Shelf:
    return Shelf(tmp_path / "recipes")
