"""What holds for every recipe that is shipped: a guide of what it starts, params that say what they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fltui.recipe.durations import seconds
from fltui.recipe.errors import ValueProblem
from fltui.recipe.load import load
from fltui.recipe.params import resolve_params

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
FILES = sorted(RECIPES.glob("*/*/recipe.yaml"))


def name_of(file: Path) -> str:
    return str(file.parent.relative_to(RECIPES))


def test_they_are_found() -> None:
    tasks = {file.parent.parent.name for file in FILES}
    assert tasks == {"digits", "sst2", "cifar10"}
    for task in tasks:
        names = {file.parent.name for file in FILES if file.parent.parent.name == task}
        assert {"centralized", "flower", "flower-superlink"} <= names


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_the_guide_has_a_section_for_every_process_and_for_nothing_else(file: Path) -> None:
    recipe = load(file)
    sections = re.findall(r"^## (.+)$", recipe.guide_text(), re.MULTILINE)
    assert sections == list(recipe.processes)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_param_says_what_it_is(file: Path) -> None:
    assert [key for key, param in load(file).params.items() if not param.help] == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_device_that_no_process_would_take_is_refused_before_anything_runs(file: Path) -> None:
    recipe = load(file)
    if "device" in recipe.params:
        with pytest.raises(ValueProblem, match=r"^device (takes|is one of) auto, cpu, cuda"):
            resolve_params(recipe, {"device": "gpu"})


@pytest.mark.parametrize("file", [f for f in FILES if f.parent.name in ("ibmfl", "stadle")], ids=name_of)
@pytest.mark.parametrize(
    "line",
    [
        "aggregator.py: error: argument --quorum: invalid int value: 'x'",
        "error: device=cuda, but torch sees no GPU here",
    ],
)
def test_what_a_process_complains_of_before_it_ends_is_a_note_of_an_error(file: Path, line: str) -> None:
    recipe = load(file)
    for name in [name for name, process in recipe.processes.items() if name not in ("prepare",)]:
        rules = [note for note in recipe.notes if note.process == name and note.level == "error"]
        found = [match["what"] for note in rules if (match := re.search(note.line, line))]
        assert found == [line.partition("error: ")[2]], name


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_framework_gives_a_client_up_before_the_run_is_ended_or_the_guide_says_so(file: Path) -> None:
    """With nobody watching, a run ends after twice `stall.after` of silence."""
    recipe = load(file)
    for name in {"round_timeout", "max_timeout"} & set(recipe.params):
        waits = seconds(recipe.params[name].default)
        if 2 * recipe.stall.after <= waits:
            assert "With the default of an hour the run is *stalled* before that" in recipe.guide_text()
            assert waits == 3600
