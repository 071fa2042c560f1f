"""The split that a recipe recorded is read as it stands, and what is wrong with it is said in a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fltui.record.split import Split, SplitError, distance, read_split, split_stamp

GOOD = {"split": "shards", "classes": ["cat", "dog"], "labels": [[30, 10], [0, 40]], "skew": 0.375}


def written(folder: Path, text: str) -> Path:
    (folder / "artifacts").mkdir(exist_ok=True)
    (folder / "artifacts" / "split.json").write_text(text)
    return folder


def test_a_split_is_read_as_it_was_written(tmp_path: Path) -> None:
    split = read_split(written(tmp_path, json.dumps(GOOD)))
    assert split == Split("shards", ("cat", "dog"), ((30, 10), (0, 40)), 0.375)
    assert (split.most, split.worst) == (40, 0.5)


def test_a_run_without_one_has_none(tmp_path: Path) -> None:
    assert read_split(tmp_path) is None
    assert split_stamp(tmp_path) is None


def test_what_would_block_a_reader_is_no_split(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    os.mkfifo(tmp_path / "artifacts" / "split.json")
    assert read_split(tmp_path) is None


def test_a_split_that_is_written_anew_has_another_stamp(tmp_path: Path) -> None:
    before = split_stamp(written(tmp_path, json.dumps(GOOD)))
    assert split_stamp(written(tmp_path, json.dumps({**GOOD, "split": "quantity"}))) != before


def test_the_distance_is_the_share_that_would_have_to_change_hands() -> None:
    assert distance((5, 5, 5, 5)) == 0
    assert distance((20, 0, 0, 0)) == 0.75
    assert distance((30, 10)) == 0.25
    assert distance((0, 0)) is None


@pytest.mark.parametrize("told", [{}, {"skew": None}, {"skew": "much"}, {"skew": float("nan")}], ids=str)
def test_a_skew_that_was_not_recorded_is_that_of_the_labels(told: dict[str, object], tmp_path: Path) -> None:
    labels = [[30, 10], [0, 40], [0, 0]]  # the last has nothing: it is not counted
    value = {key: GOOD[key] for key in ("split", "classes")} | {"labels": labels} | told
    split = read_split(written(tmp_path, json.dumps(value)))
    assert split is not None
    assert split.skew == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "no JSON object"),
        ("{}", "`classes` is no list of names"),
        (json.dumps({**GOOD, "classes": [1, 2]}), "`classes` is no list of names"),
        (json.dumps({**GOOD, "labels": {}}), "`labels` is no list"),
        (json.dumps({**GOOD, "labels": []}), "`labels` is no list"),
        (json.dumps({**GOOD, "labels": [[1, 2], [3]]}), "row 2 of `labels` is no list of 2 counts"),
        (json.dumps({**GOOD, "labels": [[1, -2]]}), "row 1 of `labels`"),
        (json.dumps({**GOOD, "labels": [[1, 2.5]]}), "row 1 of `labels`"),
        (json.dumps({**GOOD, "labels": ["ab"]}), "row 1 of `labels`"),
        (" " * 4_000_001, "4,000,001 bytes"),
    ],
)
def test_a_damaged_one_is_a_sentence(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"^artifacts/split\.json ") as told:
        read_split(written(tmp_path, text))
    assert says in str(told.value)
