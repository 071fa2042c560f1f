"""What the guides say that can be looked up: in the results, in the code, in the environments."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
from having_environments import environment_or_skip

from cifar10.split import SplitNumbers, split

ROOT = Path(__file__).resolve().parents[3]
GUIDES = sorted((ROOT / "recipes" / "cifar10").glob("*/guide.md"))
RESULTS = (ROOT / "docs" / "results-cifar10.md").read_text()


def guide(name: str) -> str:
    return (ROOT / "recipes" / "cifar10" / name / "guide.md").read_text()


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.parent.name)
def test_what_to_try_names_no_time_and_memory_that_the_results_have(file: Path) -> None:
    """They are measured anew with every release, and a guide is not."""
    tried = re.findall(r"^Try: .*", file.read_text(), re.MULTILINE)
    assert [line for line in tried if re.search(r"(minutes|\d s)\b.* \d+ GB", line)] == []


def test_tffs_guide_has_the_numbers_of_the_results() -> None:
    (told,) = re.findall(r'^\*\*What "the same" means\..*', guide("tff"), re.MULTILINE)
    rows = "".join(re.findall(r"^\| \[(?:tff|flower)\].*\n", RESULTS, re.MULTILINE))
    numbers = re.findall(r"\.\d{3}\b|\de-\d", told)
    assert len(numbers) >= 4
    assert [number for number in numbers if number not in rows] == []


@pytest.mark.parametrize(("clients", "shared"), [(2, 0), (3, 2), (5, 0), (10, 0)])
def test_flowers_guide_says_when_a_class_has_two_owners(clients: int, shared: int) -> None:
    labels = np.arange(5000) % 10
    parts = split(labels, clients, 0, "class_focus_disjoint", SplitNumbers(focus=1.0))
    owners = np.stack([np.bincount(labels[part], minlength=10) > 0 for part in parts]).sum(axis=0)
    assert (owners > 1).sum() == shared
    assert (
        "even with `focus=1` two classes lie on a cut and are shared by two clients; "
        "with all pictures and two, five or ten clients none is"
    ) in guide("flower")


@pytest.mark.frameworks
def test_the_python_that_scores_without_the_recipe_is_that_of_the_data() -> None:
    """The one of the README's .venv has no torch. `in_environment` runs verify.py with it, in its own tests."""
    (told,) = re.findall(r"`(\S+) verify\.py RUN_FOLDER`", guide("centralized"))
    python = environment_or_skip("data").python
    assert fnmatch(str(python), f"*/{told.partition('/.cache/fltui/')[2]}")
    assert (python.parents[1] / "lib").is_dir()
