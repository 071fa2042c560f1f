"""The SST-2 recipes as files: their guides cover them, and they can be compared with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe

FOLDER = Path(__file__).resolve().parents[3] / "recipes" / "sst2"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/recipe.yaml"))
SHARED = [
    *("rounds", "clients", "local_epochs", "batch_size", "lr", "seed", "target"),
    *("encoder", "bert_preprocess", "bert_encoder", "data", "limit", "device", "pause"),
]


def recipe(name: str) -> Recipe:
    return load(FOLDER / name / "recipe.yaml")


@pytest.mark.parametrize("param", SHARED)
def test_a_shared_param_has_the_same_type_default_and_bounds_in_all(param: str) -> None:
    found = [recipe(name).params[param] for name in NAMES]
    assert len({(p.type, str(p.default), p.min, p.max, str(p.choices)) for p in found}) == 1


@pytest.mark.parametrize("process", ["prepare", "evaluate"])
def test_all_prepare_and_evaluate_with_the_same_command(process: str) -> None:
    found = [recipe(name).processes[process] for name in NAMES]
    assert len({(str(p.argv), p.environment) for p in found}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_who_watches_is_told_that_an_encoder_stands_in_for_bert(name: str) -> None:
    line = (
        "encoder: minilm (all-MiniLM-L6-v2, mean pooling; it stands in for BERT, which cannot be had: "
        "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3 does not answer (timed out))"
    )
    rules = [note for note in recipe(name).notes if note.process == "prepare" and re.search(note.line, line)]
    assert len(rules) == 1


@pytest.mark.parametrize(
    "line",
    [
        "loading bert",
        "loading bert: 120 MB on disk",
        "embedding [#---] 3 of 9 training sentences",
        "waiting: another run makes these vectors, 3 parts done after 10 s",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_long_preparation_is_progress_and_not_a_stall(name: str, line: str) -> None:
    rules = [rule for rule in recipe(name).progress if re.search(rule.line, line)]
    assert [rule.process for rule in rules] == ["prepare"]


@pytest.mark.parametrize("name", NAMES)
def test_a_long_training_is_progress_and_not_a_stall(name: str) -> None:
    found = recipe(name)
    rules = [rule for rule in found.progress if re.search(rule.line, "training: 12 of 351 batches")]
    assert [found.processes[rule.process].role for rule in rules] in (["client"], ["driver"])


def test_nothing_of_the_task_lies_in_a_recipes_own_folder() -> None:
    """So that a copy of one folder is a whole recipe."""
    for name in NAMES:
        assert ".." not in (FOLDER / name / "recipe.yaml").read_text().replace("$schema=../..", "")
