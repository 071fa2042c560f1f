"""The bench's own parts are true: its load, its recipes, its table."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench import flood, sst2_embedding
from bench.__main__ import ROWS, kept, line, main, table
from bench.measured import run_on_terminal
from bench.peers import PeerMissing
from bench.row import Row
from fltui.plan.check import check

BENCH = Path(flood.__file__).parent


@pytest.mark.parametrize(
    "recipe", sorted((BENCH / "recipes").glob("*/recipe.yaml")), ids=lambda p: p.parent.name
)
def test_its_recipes_are_recipes(recipe: Path) -> None:
    assert check(recipe).title


def test_the_flood_writes_what_its_digest_says() -> None:
    command = [sys.executable, str(BENCH / "flood.py"), "2", "2500"]
    written = subprocess.run(command, capture_output=True, check=True).stdout
    assert written.count(b"\n") == 2500
    assert hashlib.sha256(written).hexdigest() == flood.digest(2, 2500)


def test_a_load_is_not_counted_and_the_rest_is() -> None:
    burn = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    command = [
        "/bin/sh",
        "-c",
        f"'{sys.executable}' -c '{burn}' as-load; '{sys.executable}' -c '{burn}' as-cost; true",
    ]
    done = run_on_terminal(command, lambda line: "as-load" in line and not line.startswith("/bin/sh"))
    assert done.exit_code == 0
    assert 0.2 < done.cpu_s < 0.75


def test_a_row_that_does_not_hold_says_so() -> None:
    assert "| drain | a flood | 1 s | 0.5 | 0.33 | NO |" in line(
        "drain", Row("a flood", ("1 s",), "0.5", "0.33", False)
    )
    assert "| start | to a child | 2 s |  |  | - |" in line("start", Row("to a child", ("2 s",)))


def test_measuring_one_row_keeps_the_others_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.__main__.RESULTS", tmp_path)
    drained = "| drain | a flood | 1 s | 0.5 | 0.33 | yes | 2026-01-02, 8 cores, Python 3.12.1 |"
    (tmp_path / "latest.md").write_text(table({"drain": drained}))
    monkeypatch.setattr("bench.start.measure", lambda: Row("to a child", ("2 s",), "2 s", "1 s", False))
    assert main(["start"]) == 1
    rows = (tmp_path / "latest.md").read_text().splitlines()[4:]
    assert rows[1] == drained
    assert rows[0].startswith("| start | to a child | 2 s | 2 s | 1 s | NO | 20")


def test_the_committed_table_is_one_that_is_kept() -> None:
    text = (BENCH / "results" / "latest.md").read_text()
    assert table(kept(text)) == text
    assert list(kept(text)) == list(ROWS)


@pytest.mark.parametrize(("cpu_s", "holds"), [(40.0, True), (40.1, False)])
def test_the_embedding_must_do_150_sentences_in_a_cpu_second(cpu_s: float, holds: bool) -> None:
    about = {
        "encoder": "minilm",
        "sentences": 9000,
        "computed_now": 6000,
        "cpu_seconds": cpu_s,
        "seconds": 22.0,
    }
    row = sst2_embedding.row(about)
    assert row.holds is holds
    assert row.figures == (f"6,000 training sentences in {cpu_s} CPU s, 22.0 s",)


def test_an_embedding_that_cannot_be_measured_here_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("FLTUI_ENVIRONMENTS", raising=False)
    with pytest.raises(PeerMissing, match="fltui env create data"):
        sst2_embedding.measure()
