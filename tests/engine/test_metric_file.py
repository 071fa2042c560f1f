"""A metric file: what is new in it, however it is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fltui.engine.metric_file import MetricFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def set_time(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


def test_what_lay_there_is_not_new_and_what_is_appended_is(path: Path) -> None:
    path.write_text("old\n" * 5000)
    file = MetricFile(str(path))
    assert file.new_lines(ended=False) == []
    with path.open("a") as opened:
        opened.write("one\ntw")
    assert file.new_lines(ended=False) == ["one"]
    with path.open("a") as opened:
        opened.write("o\nthree")
    assert file.new_lines(ended=False) == ["two"]
    assert file.new_lines(ended=True) == ["three"]
    assert file.new_lines(ended=True) == []


@pytest.mark.parametrize("new", ["new\n", "new\nlonger\nthan before\n"])
def test_a_file_written_anew_is_read_from_its_beginning(path: Path, new: str) -> None:
    path.write_text("a\nb\nand a par")
    file = MetricFile(str(path))
    path.write_text(new)
    assert file.new_lines(ended=False) == new.splitlines()
    assert file.new_lines(ended=False) == []


def test_a_partial_line_of_a_file_that_was_written_anew_is_dropped(path: Path) -> None:
    file = MetricFile(str(path))
    path.write_text("one\na par")
    assert file.new_lines(ended=False) == ["one"]
    path.write_text("two\n")
    assert file.new_lines(ended=False) == ["two"]


def test_another_file_under_the_same_name_is_read_from_its_beginning(path: Path) -> None:
    path.write_text("same\n")
    file = MetricFile(str(path))
    other = path.with_name("other")
    other.write_text("same\nmore\n")
    other.rename(path)
    assert file.new_lines(ended=False) == ["same", "more"]


def test_the_same_bytes_written_again_are_new_once(path: Path) -> None:
    path.write_text("same\n")
    set_time(path, 1000)
    file = MetricFile(str(path))
    assert file.new_lines(ended=False) == []
    path.write_text("same\n")
    assert file.new_lines(ended=False) == ["same"]
    set_time(path, 2000)
    assert file.new_lines(ended=False) == [], "what is read is not read again for a new time alone"
