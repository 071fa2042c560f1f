"""A finished run plays again: with the clock, by rounds and marks, without its silences."""

from __future__ import annotations

from pathlib import Path

import pytest

from fltui.facts.records import Metric
from fltui.record.writer import RunWriter
from fltui.workshop.replay import NothingToReplay, Playhead, Recording, speed_of


@pytest.fixture
def recorded(tmp_path: Path) -> Recording:
    """Two rounds: a start at 100, rounds done at 101 and 131 (a silence of half a minute), a mark."""
    now = [100.0]
    writer = RunWriter.create(tmp_path / "run", {"plan": {"processes": [{"name": "server"}]}}, lambda: now[0])
    writer.event("start", pid=1)
    writer.event("process", "server", state="running", incarnation=1, pid=7)
    for t, number in ((101.0, 1), (131.0, 2)):
        now[0] = t
        writer.event("round", round=number, phase="done")
        writer.metric(Metric(t, number, "evaluate", "global", "accuracy", number / 10))
    now[0] = 132.0
    writer.event("mark", text="look", by="person")
    writer.close()
    return Recording.read(tmp_path / "run")


def test_the_rows_up_to_any_moment_are_known(recorded: Recording) -> None:
    def metrics_at(t: float) -> list[float]:
        return [row.value for row in recorded.rows[: recorded.count_at(t)] if isinstance(row, Metric)]

    assert [recorded.count_at(t) for t in (99.9, 100.5, 140)] == [0, 2, len(recorded.rows)]
    assert metrics_at(100.5) == []
    assert metrics_at(110) == [0.1]
    assert metrics_at(140) == [0.1, 0.2]


def test_time_passes_at_the_speed_that_was_asked_for(recorded: Recording) -> None:
    head = Playhead(recorded, speed=0.5)
    head.advance(50.0)
    head.advance(51.0)
    assert head.t == 100.5
    head.paused = True
    head.advance(60.0)
    assert head.t == 100.5


def test_a_long_silence_is_skipped_and_said(recorded: Recording) -> None:
    head = Playhead(recorded)
    for second in range(6):
        head.advance(float(second))
        if head.skipped:
            break
    assert head.skipped
    assert 129 < head.t < 131


def test_it_ends_at_the_last_row(recorded: Recording) -> None:
    head = Playhead(recorded, speed=50)
    head.advance(0)
    head.advance(100)
    assert head.at_end
    assert head.t == 132.0


def test_rounds_and_marks_are_places_to_jump_to(recorded: Recording) -> None:
    head = Playhead(recorded)
    head.to_mark(1)
    assert head.t == 101.0
    head.to_mark(1)
    assert head.t == 131.0
    head.to_mark(1)
    assert head.t == 132.0
    head.to_mark(-1)
    assert head.t == 131.0


@pytest.mark.parametrize("text", ["0", "51", "fast", "-1"])
def test_a_speed_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"0\.5 to 50"):
        speed_of(text)
    assert speed_of("20x") == 20.0


def test_speeds_are_a_row_of_fixed_values(recorded: Recording) -> None:
    head = Playhead(recorded, speed=1)
    head.faster(1)
    assert head.speed == 2
    for _ in range(9):
        head.faster(1)
    assert head.speed == 50
    for _ in range(9):
        head.faster(-1)
    assert head.speed == 0.5


def test_an_empty_run_is_a_sentence(tmp_path: Path) -> None:
    RunWriter.create(tmp_path / "run", {}).close()
    with pytest.raises(NothingToReplay, match="nothing to replay"):
        Recording.read(tmp_path / "run")
