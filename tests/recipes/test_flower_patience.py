"""The server of Flower's older flow waits for the next client as long as `patience`, and not twice as long."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from environment_scripts import runner
from having_environments import environment_or_skip

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float]]:
    run = runner(HERE, lambda name: environment_or_skip(name).python)
    said = run("digits", "flower_patience.py", cwd=tmp_path_factory.mktemp("patience"))
    found = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    return {name: (str(what), float(at)) for name, (what, at) in found.items()}


def too_few(there: int) -> str:
    return f"only {there} of 3 clients, and none came for 60 s"


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("nobody", (too_few(0), 60)),
        ("one at once", (too_few(1), 60)),
        ("one late", (too_few(1), 100)),
        ("two late", (too_few(2), 150)),
        ("all late", ("all came", 140)),
        ("one goes", (too_few(1), 60)),
        ("one comes back", (too_few(2), 60)),
    ],
)
def test_the_server_gives_up_one_patience_after_the_last_client_that_is_one_more(
    case: str, expected: tuple[str, float], outcomes: dict[str, tuple[str, float]]
) -> None:
    assert outcomes[case] == expected
