"""Krum with too few parties: IBM FL would hang, so the recipe says it before anything else begins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fltui.recipe.conditions import holds
from fltui.recipe.load import load

IBMFL = Path(__file__).resolve().parents[3] / "recipes" / "cifar10" / "ibmfl"


def quorum(clients: int, faulty: int, perc_quorum: float) -> subprocess.CompletedProcess[str]:
    """It needs no environment."""
    words = ("--clients", clients, "--faulty", faulty, "--perc-quorum", perc_quorum)
    return subprocess.run(
        [sys.executable, IBMFL / "quorum.py", *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("clients", "faulty", "perc_quorum"),
    [(3, 0, 1.0), (5, 1, 1.0), (7, 2, 1.0), (10, 1, 0.45), (100, 48, 1.0)],
)
def test_enough_parties_are_let_through(clients: int, faulty: int, perc_quorum: float) -> None:
    done = quorum(clients, faulty, perc_quorum)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("clients", "faulty", "perc_quorum", "least", "answers"),
    [(2, 0, 1.0, 3, 2), (3, 1, 1.0, 5, 3), (4, 1, 1.0, 5, 4), (5, 1, 0.8, 5, 4), (100, 49, 1.0, 101, 100)],
)
def test_too_few_parties_are_told_with_what_is_wanted(
    clients: int, faulty: int, perc_quorum: float, least: int, answers: int
) -> None:
    """As KrumFusionHandler of the wheel 2.0.1 reckons: ceil(perc_quorum * num_parties) > 2 * threshold + 2."""
    done = quorum(clients, faulty, perc_quorum)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: Krum wants more than 2 * faulty + 2 parties to answer: with faulty={faulty} that is {least}, "
        f"and with clients={clients} and perc_quorum={perc_quorum:g} only {answers} must; take more clients"
    )


def test_nothing_else_begins_before_krum_has_enough_parties() -> None:
    found = load(IBMFL / "recipe.yaml")
    first = found.processes["quorum"]
    strategies = found.params["strategy"].choices or ()
    assert [name for name in strategies if holds(first.when, {"params.strategy": name}.get)] == ["krum"]
    assert not first.needs
    assert set(found.processes["prepare"].needs) == {"quorum"}
    assert all(process.needs for name, process in found.processes.items() if name != "quorum")
    (note,) = (note for note in found.notes if note.process == "quorum")
    assert note.level == "error"
