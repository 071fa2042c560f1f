"""Real runs for the terminal app's tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import ZOO, Engines, Run, python, watch, zoo

from fltui.facts.plan import LineRule, MetricRule, Step, Success
from fltui.facts.site import runs_folder

STEPS = (
    Step("send", "START", text="START", until="CLI_WAIT", mode="confirm", why="it listens only then"),
    Step("wait", "parties", line="Registration Successful", process="party", count=3),
    Step(
        "send",
        "TRAIN",
        text="TRAIN",
        until="Finished Global Training",
        mode="confirm",
        why="begins the rounds",
    ),
    Step("send", "SAVE", text="SAVE", until="Finished save requests", mode="confirm"),
    Step("send", "STOP", text="STOP", mode="confirm"),
)


@pytest.fixture
def engines(own_site: Path) -> Iterator[Engines]:
    found = Engines(runs_folder())
    found.root.mkdir(parents=True, exist_ok=True)
    yield found
    found.close()


@pytest.fixture
def console(engines: Engines, tmp_path: Path) -> Callable[..., Run]:
    """Starts a federation with a console: an aggregator that is spoken to, and three parties."""

    def start(**changes: object) -> Run:
        parties = [
            python(
                f"party-{n}",
                f"import pathlib; pathlib.Path({str(tmp_path / f'party-{n}')!r}).touch(); print('Registration Successful')",
                replica=n,
            )
            for n in (1, 2, 3)
        ]
        aggregator = zoo(
            "aggregator",
            "console",
            str(tmp_path),
            role="aggregator",
            steps=STEPS,
            metrics=(MetricRule("json"),),
            commands=("START", "TRAIN", "SAVE", "STOP"),
        )
        return engines.start(
            aggregator,
            *parties,
            success=Success(2, "accuracy"),
            watch=watch(round_started=LineRule("aggregator", r"\[ROUND (?P<round>\d+)")),
            **{"headless": False, **changes},
        )

    assert Path(sys.executable).exists()
    assert (ZOO / "console.py").exists()
    return start
