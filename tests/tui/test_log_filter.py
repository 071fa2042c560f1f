"""A filtered log: the same lines as if each were looked at, without looking at more than it must."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from app_pilot import screen_of, until
from synthetic_runs import SyntheticRun

from fltui.record.log_search import compile_search
from fltui.record.log_view import LogView
from fltui.tui import log_filter
from fltui.tui.app import FltuiApp
from fltui.tui.log_filter import LogFilter


class CountingView(LogView):
    bytes_read = 0

    def read(self, offset: int, size: int) -> bytes:
        self.bytes_read += size
        return super().read(offset, size)


def whole(found: LogFilter, n: int) -> list[str]:
    """As a screen asks: again as long as the answer may lack lines."""
    lines = found.last(n)
    while found.unfinished:
        lines = found.last(n)
    return [line.text for line in lines]


def test_the_last_lines_are_found_from_the_end_whatever_stands_before(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"".join(b"round %d\n" % number for number in range(800_000)))
    view = CountingView(log)
    found = LogFilter(view, [compile_search("round")])
    assert whole(found, 3) == ["round 799997", "round 799998", "round 799999"]
    assert view.bytes_read < log.stat().st_size / 10
    view.bytes_read = 0
    assert [line.text for line in found.lines(0, 2)] == ["round 0", "round 1"]
    assert view.bytes_read < log.stat().st_size / 5


def test_more_lines_are_found_where_fewer_were_asked_for_before(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    found = LogFilter(LogView(log), [compile_search("line")])
    assert len(whole(found, 8)) == 8
    with log.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(100, 120)))
    assert whole(found, 8) == [f"line {number}" for number in range(112, 120)]
    assert whole(found, 40) == [f"line {number}" for number in range(80, 120)]


@pytest.mark.parametrize("budget_s", [0.0, 10.0])
def test_a_growing_log_has_the_lines_that_it_would_have_had_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget_s: float
) -> None:
    monkeypatch.setattr(log_filter, "_BUDGET_S", budget_s)
    monkeypatch.setattr(log_filter, "_PIECE", 64)
    chance = random.Random(3)
    log = tmp_path / "server.log"
    log.touch()
    found = LogFilter(LogView(log), [compile_search("a"), compile_search("b")])
    for _ in range(300):
        with log.open("a") as file:
            file.write("".join(chance.choice("abc \n") for _ in range(chance.choice((0, 3, 40, 300)))))
        n = chance.choice((1, 5, 20))
        lines = [line for line in log.read_text().split("\n") if "a" in line and "b" in line]
        assert whole(found, n) == lines[-n:]


async def test_down_where_no_line_was_found_yet_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_filter, "_BUDGET_S", 0.0)
    monkeypatch.setattr(log_filter, "_PIECE", 64)
    run = SyntheticRun(tmp_path / "run")
    run.say("aggregator", *["nothing here"] * 5_000)
    folder = run.failed()
    async with FltuiApp(folder).run_test(size=(100, 30)) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: "aggregator" in screen_of(pilot).panes, "no pane")
        lines = screen_of(pilot).panes["aggregator"].lines
        lines.home()
        lines.set_filter("never written")
        lines.down()
        assert lines.top_offset == 0
