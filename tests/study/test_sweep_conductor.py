"""When the next cell of a sweep may begin, and which cells an earlier sweep left to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fltui.facts.launch import Launch
from fltui.facts.verdict import Result, Verdict
from fltui.record.writer import RunWriter
from fltui.study.sweep_conductor import Conductor
from fltui.study.sweep_folder import CellRecord, SweepFolder
from fltui.study.sweep_grid import Cell

CELLS = tuple(Cell(name, {"level": name}, {}) for name in ("first", "second"))


class Refusing:
    """Starts nothing; remembers which cells were to start."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def prepare(self, cell: Cell) -> tuple[Launch, list[int]]:
        self.asked.append(cell.id)
        raise ValueError("refused")

    def unstarted(self, cell: Cell, error: Exception) -> Result | None:
        return Result("r", "", "", Verdict.RECIPE, 2, str(error))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SweepFolder]:
    found = SweepFolder(tmp_path / "sweep")
    yield found
    found.close()


def conductor(folder: SweepFolder, starter: Refusing, *known: CellRecord, jobs: int = 1) -> Conductor:
    records = {record.id: record for record in known}
    return Conductor(folder, CELLS, records, starter, lambda *_: None, "accuracy", jobs)


def run_of(folder: SweepFolder, tmp_path: Path) -> tuple[CellRecord, RunWriter, int]:
    """The first cell's run at work: its record, its writer, and its engine's lock of the cell."""
    lock = folder.take_cell("first")
    assert lock is not None
    run = tmp_path / "run"
    writer = RunWriter.create(run, {"plan": {"run": "run"}})
    return CellRecord("first", run="run", folder=str(run)), writer, lock


def test_the_next_cell_begins_when_the_last_engine_is_gone_not_when_its_run_has_ended(
    folder: SweepFolder, tmp_path: Path
) -> None:
    record, writer, lock = run_of(folder, tmp_path)
    starter = Refusing()
    found = conductor(folder, starter, record)
    found.turn()
    writer.end(Result("r", "run", str(tmp_path / "run"), Verdict.OK, 0, "done"))
    writer.close()
    found.turn()
    assert found.records["first"].verdict is Verdict.OK, "what came of it is kept at once"
    assert (starter.asked, found.over) == ([], False), "its engine still has its ports"
    os.close(lock)
    found.turn()
    assert (starter.asked, found.over) == (["second"], True)


def test_a_sweep_that_goes_on_waits_for_the_engine_of_the_cell_that_ended_last(
    folder: SweepFolder, tmp_path: Path
) -> None:
    lock = folder.take_cell("first")
    assert lock is not None
    starter = Refusing()
    found = conductor(folder, starter, CellRecord("first", run="run", verdict=Verdict.OK))
    found.turn()
    assert (found.kept, starter.asked) == (1, [])
    os.close(lock)
    found.turn()
    assert starter.asked == ["second"]


def test_a_second_ctrl_c_waits_for_no_engine(folder: SweepFolder, tmp_path: Path) -> None:
    record, writer, lock = run_of(folder, tmp_path)
    found = conductor(folder, Refusing(), record)
    writer.end(Result("r", "run", str(tmp_path / "run"), Verdict.OK, 0, "done"))
    writer.close()
    found.stop("Ctrl-C", "its sweep was interrupted", "SIGINT", force=False)
    found.turn()
    assert not found.over
    found.stop("Ctrl-C", "its sweep was interrupted", "SIGINT", force=True)
    assert found.over
    os.close(lock)


def test_a_cell_that_never_began_is_failed_and_runs_again(folder: SweepFolder) -> None:
    starter = Refusing()
    found = conductor(folder, starter)
    found.turn()
    first = found.records["first"]
    assert (first.failed, first.finished, first.unstarted) == (True, False, True)
    again = conductor(folder, starter, *found.records.values())
    assert (again.kept, again.pending) == (0, 2)


@pytest.mark.parametrize(
    ("verdict", "run", "finished"),
    [
        (Verdict.OK, "run", True),
        (Verdict.FAILED, "run", True),
        (Verdict.NOT_READY, "run", True),
        (Verdict.INTERRUPTED, "run", False),
        (Verdict.RECIPE, "run", False),  # too few GPUs: it has a name and a record, and never began
        (Verdict.ENVIRONMENT, "", False),
        (None, "run", False),
    ],
)
def test_what_counts_as_finished(verdict: Verdict | None, run: str, finished: bool) -> None:
    assert CellRecord("one", run=run, verdict=verdict).finished is finished
