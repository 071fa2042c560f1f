"""The house rules that a machine can hold: no file has outgrown its purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 500


def sources() -> list[Path]:
    folders = ("fltui", "recipes", "tests", "bench")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_at_most_500_lines(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MOST_LINES, f"{lines} lines; it wants a second door"


def test_no_file_is_named_for_everything_and_nothing() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "manager.py", "misc.py", "common.py"}
    assert [str(path) for path in sources() if path.name in vague] == []
