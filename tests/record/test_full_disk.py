"""A full disk stops nobody: what it swallows is counted, marked and reported, and `end` has its room."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fltui.control.crashed import close_crashed
from fltui.facts.records import Metric, Resource
from fltui.facts.verdict import ProcessResult, Result
from fltui.record import lock
from fltui.record.log_view import LogView
from fltui.record.reader import read_events, read_metrics, read_resources
from fltui.record.writer import RunWriter

MB = 1024 * 1024


@pytest.fixture
def on_small_disk(small_disk: Any, manifest: dict[str, Any]) -> RunWriter:
    return RunWriter.create(small_disk.folder / "run", manifest)


def losses(writer: RunWriter) -> list[tuple[str, int]]:
    return [(e.data["file"], e.data["bytes"]) for e in read_events(writer.folder) if e.kind == "loss"]


def test_a_log_keeps_what_fitted_and_counts_the_rest(on_small_disk: RunWriter) -> None:
    log = on_small_disk.log("flood")
    output = bytes(range(256)) * 16
    for second in range(1024):
        log.write(output, float(second))
    assert log.offset == 4 * MB
    assert log.failing
    kept = (on_small_disk.folder / "logs/flood.log").read_bytes()
    assert 1 * MB < len(kept) < 2 * MB
    assert kept == (output * 1024)[: len(kept)]
    assert log.lost_bytes == on_small_disk.lost_bytes == 4 * MB - len(kept)


def test_a_gap_is_marked_in_the_index_and_becomes_an_event(on_small_disk: RunWriter, small_disk: Any) -> None:
    log = on_small_disk.log("server")
    log.write(b"before\n", 100.0)
    small_disk.fill()
    lost = b"x" * 6000
    log.write(lost, 101.0)
    log.write(lost, 102.0)
    assert on_small_disk.failing
    kept_of_lost = 12_000 - log.lost_bytes  # what the last page of the file still took
    small_disk.free()
    log.write(b"after\n", 103.0)
    on_small_disk.resources([])
    assert not on_small_disk.failing
    assert losses(on_small_disk) == [("logs/server.log", log.lost_bytes)]
    view = LogView(log.path)
    (gap,) = view.gaps()
    assert (gap.file_offset, gap.lost, gap.time) == (7 + kept_of_lost, log.lost_bytes, 103.0)
    assert log.path.read_bytes() == b"before\n" + b"x" * kept_of_lost + b"after\n"
    # offsets in events count lost bytes too; the index leads back into the file
    assert view.file_offset(7 + 12_000) == 7 + kept_of_lost
    assert view.file_offset(7 + 11_000) == 7 + kept_of_lost
    assert view.file_offset(3) == 3


def test_events_wait_for_room_and_none_is_torn(on_small_disk: RunWriter, small_disk: Any) -> None:
    said = [on_small_disk.event("mark", text="before")]  # its page has room for some notes and a half
    small_disk.fill()
    said += [on_small_disk.event("note", text=f"{number} " + "x" * 1000) for number in range(12)]
    for number in range(20):
        on_small_disk.metric(Metric(1.0, number, "evaluate", "global", "accuracy", 0.5))
    during = (on_small_disk.folder / "events.jsonl").read_bytes()
    assert during.endswith(b"\n")
    assert 1 < len(during.splitlines()) < 12
    small_disk.free()
    said.append(on_small_disk.event("mark"))
    on_small_disk.metric(Metric(1.0, 20, "evaluate", "global", "accuracy", 0.5))
    assert [event.t for event in read_events(on_small_disk.folder)] == [event.t for event in said]
    assert [row.round for row in read_metrics(on_small_disk.folder)] == list(range(21))
    assert on_small_disk.lost_bytes == 0


def test_what_cannot_wait_is_counted(on_small_disk: RunWriter, small_disk: Any) -> None:
    small_disk.fill()
    for number in range(400):
        on_small_disk.event("note", text=f"{number} " + "x" * 1000)
        on_small_disk.resources([Resource(float(number), process="server", cpu_s=1.0)])
    assert on_small_disk.lost_bytes > 300_000
    small_disk.free()
    on_small_disk.event("mark", text="room")
    on_small_disk.event("mark", text="again")
    reported = losses(on_small_disk)
    assert {file for file, _ in reported} == {"events.jsonl", "resources.jsonl"}
    assert sum(size for _, size in reported) == on_small_disk.lost_bytes
    kept = [int(e.data["text"].split()[0]) for e in read_events(on_small_disk.folder) if e.kind == "note"]
    assert kept == list(range(len(kept))), "the first ones are kept, in order"
    assert all(row.process == "server" for row in read_resources(on_small_disk.folder))


def test_the_end_is_written_on_a_full_disk(
    on_small_disk: RunWriter, small_disk: Any, result: Callable[..., Result]
) -> None:
    log = on_small_disk.log("server")
    small_disk.fill()
    for _ in range(50):
        log.write(b"y" * 4096, 1.0)
    for number in range(30):
        on_small_disk.event("note", text="x" * 500, number=number)
    many = tuple(
        ProcessResult(f"client-{i}", "client", "done", 0, None, 1.0, 2.0, f"logs/client-{i}.log")
        for i in range(150)
    )
    on_small_disk.end(result(reason="the disk was full", processes=many))
    on_small_disk.close()
    events = read_events(on_small_disk.folder)
    assert events[-1].kind == "end"
    assert len(events[-1].data["processes"]) == 150
    assert [e.data["number"] for e in events if e.kind == "note"][:3] == [0, 1, 2]
    assert dict(losses(on_small_disk))["logs/server.log"] == log.lost_bytes
    assert sum(gap.lost for gap in LogView(log.path).gaps()) == log.lost_bytes


def test_a_log_that_cannot_even_be_opened_is_a_loss_until_there_is_room(
    on_small_disk: RunWriter, small_disk: Any
) -> None:
    (small_disk.folder / "many").mkdir()
    number = 0
    while True:  # takes every inode
        try:
            (small_disk.folder / "many" / str(number)).touch()
        except OSError:
            break
        number += 1
    log = on_small_disk.log("late")
    log.write(b"lost", 1.0)
    assert (log.offset, log.lost_bytes) == (4, 4)
    for path in (small_disk.folder / "many").iterdir():
        path.unlink()
    log.write(b"kept", 2.0)
    assert log.path.read_bytes() == b"kept"
    assert LogView(log.path).gaps()[0].lost == 4


def test_a_file_size_limit_is_a_loss_too(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from fltui.record.writer import RunWriter
        from fltui.facts.verdict import Result, Verdict
        writer = RunWriter.create(Path(sys.argv[1]), {})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        log = writer.log("server")
        for _ in range(50):
            log.write(b"0123456789" * 1000, 1.0)
        assert log.lost_bytes == 400_000, log.lost_bytes
        writer.end(Result("r", "r", "f", Verdict.FAILED, 1, "too big"))
        writer.close()
        """
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "run")], check=True)
    assert (tmp_path / "run/logs/server.log").stat().st_size == 100_000
    assert [event.kind for event in read_events(tmp_path / "run")] == ["loss", "end"]


def test_an_error_that_is_not_the_disk_is_raised(writer: RunWriter) -> None:
    (writer.folder / "logs" / "folder.log").mkdir()
    with pytest.raises(IsADirectoryError):
        writer.log("folder")


def test_without_room_for_the_end_no_run_begins_and_nothing_is_left(
    small_disk: Any, manifest: dict[str, Any]
) -> None:
    folder = small_disk.folder / "run"
    folder.mkdir()
    (folder / "metrics.jsonl").write_text("somebody else's")
    small_disk.fill()
    with pytest.raises(OSError, match="No space left"):
        RunWriter.create(folder, manifest)
    assert [path.name for path in folder.iterdir()] == ["metrics.jsonl"]
    with pytest.raises(OSError, match="No space left"):
        RunWriter.create(small_disk.folder / "other", manifest)
    assert not (small_disk.folder / "other").exists()
    small_disk.free()
    RunWriter.create(folder.with_name("again"), manifest).close()


def test_what_a_full_disk_kept_from_the_record_is_no_loss_of_the_engine(
    on_small_disk: RunWriter, small_disk: Any
) -> None:
    on_small_disk.close()
    os.close(lock.hold(on_small_disk.folder))  # as its engine did
    small_disk.fill()
    end = close_crashed(on_small_disk.folder)
    assert (end.verdict, end.engine_lost) == ("failed", False)
    assert end.reason.startswith("the disk of the run folder is full: what happened after ")
    assert read_events(on_small_disk.folder)[-1].kind == "end", "the reserve is for this"
