"""Readers and the follower: new rows, once each, whole, in order."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from fltui.facts.records import Event, Metric, Resource
from fltui.record.reader import Follower, read_events, read_metrics, read_resources
from fltui.record.writer import RunWriter


def test_a_poll_returns_what_is_new_and_only_once(writer: RunWriter) -> None:
    follower = Follower(writer.folder)
    assert follower.poll() == []
    first = writer.event("mark", text="one")
    assert follower.poll() == [first]
    assert follower.poll() == []
    second, metric = writer.event("mark", text="two"), Metric(1e12, 1, "evaluate", "global", "loss", 0.5)
    writer.metric(metric)
    assert follower.poll() == [second, metric]
    assert follower.poll() == []


def test_a_torn_last_line_is_left_until_it_is_whole(writer: RunWriter) -> None:
    path = writer.folder / "events.jsonl"
    follower = Follower(writer.folder)
    line = b'{"t":1.0,"kind":"note","data":{"text":"caf\xc3\xa9"}}\n'
    for size in range(1, len(line)):
        path.write_bytes(line[:size])
        assert follower.poll() == []
    path.write_bytes(line)
    (event,) = follower.poll()
    assert event == Event(1.0, "note", None, {"text": "café"})


def test_a_torn_line_that_a_later_writer_cut_off_is_never_seen(writer: RunWriter) -> None:
    follower = Follower(writer.folder)
    writer.event("mark", text="one")
    writer.close()
    with (writer.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"t":1.0,"kind":"torn and very long' + b"x" * 500)
    assert [row.kind for row in follower.poll() if isinstance(row, Event)] == ["mark"]
    again = RunWriter.reopen(writer.folder)
    again.event("mark", text="two")
    again.close()
    assert [row.kind for row in follower.poll() if isinstance(row, Event)] == ["mark", "loss"]


def test_the_streams_are_merged_by_time(tmp_path: Path, manifest: dict[str, Any]) -> None:
    now = 0.0
    writer = RunWriter.create(tmp_path / "run", manifest, clock=lambda: now)
    for second in range(4):
        now = float(second)
        writer.event("mark", second=second)
        writer.metric(Metric(second + 0.5, 1, "p", "global", "loss", 1.0))
        writer.resources([Resource(second + 0.25, process="p")])
    kinds = [type(row).__name__[0] for row in Follower(tmp_path / "run").poll()]
    assert "".join(kinds) == "ERM" * 4


def test_rows_of_one_stream_keep_their_order_when_the_clock_steps_back(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    times = iter([100.0, 50.0, 51.0, 101.0, 0.0])
    writer = RunWriter.create(tmp_path / "run", manifest, clock=lambda: next(times))
    for number in range(4):
        writer.event("mark", number=number)
    writer.metric(Metric(60.0, 1, "p", "global", "loss", 1.0))
    rows = Follower(tmp_path / "run").poll()
    assert [row.data["number"] for row in rows if isinstance(row, Event)] == [0, 1, 2, 3]
    assert len(rows) == 5


@pytest.mark.parametrize("bad", [b"\0\0\0\0", b"{", b"[]", b'{"kind":"no time"}', b"\xff\xfe"])
def test_a_line_that_is_no_row_is_reported_as_a_loss(writer: RunWriter, bad: bytes) -> None:
    first = writer.event("mark", text="one")
    for name in ("events.jsonl", "metrics.jsonl", "resources.jsonl"):
        with (writer.folder / name).open("ab") as file:
            file.write(bad + b"\n")
    writer.event("mark", text="two")
    kinds = [event.kind for event in read_events(writer.folder)]
    assert kinds == ["mark", "loss", "mark"]
    assert read_events(writer.folder)[1] == Event(
        first.t, "loss", None, {"bytes": len(bad) + 1, "file": "events.jsonl"}
    )
    assert read_metrics(writer.folder) == []
    assert read_resources(writer.folder) == []


def test_fields_of_a_newer_version_are_passed_over(writer: RunWriter) -> None:
    (writer.folder / "resources.jsonl").write_text('{"t":1,"process":"a","rss_mb":5,"new_field":1}\n')
    assert read_resources(writer.folder) == [Resource(1.0, process="a", rss_mb=5)]


def test_a_folder_without_streams_is_an_empty_run(tmp_path: Path) -> None:
    assert Follower(tmp_path / "nowhere").poll() == []
    assert read_events(tmp_path) == []


def test_of_a_long_past_only_recent_resources_are_read(writer: RunWriter) -> None:
    for second in range(10_000):
        writer.resources([Resource(float(second), process="server", cpu_s=1.0, rss_mb=100.0)])
    writer.event("mark")
    rows = Follower(writer.folder, recent_resources=True).poll()
    recent = [row.t for row in rows if isinstance(row, Resource)]
    assert 1000 < len(recent) < 9000
    assert recent == [float(second) for second in range(10_000 - len(recent), 10_000)]
    assert len([row for row in rows if isinstance(row, Event)]) == 1


def test_a_follower_beside_a_busy_writer_sees_every_row_once(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    RunWriter.create(folder, manifest).close()
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from fltui.record.writer import RunWriter
        writer = RunWriter.reopen(Path(sys.argv[1]))
        for number in range(5000):
            writer.event("note", text="x" * (number % 300), number=number)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)])
    follower = Follower(folder)
    seen: list[int] = []
    deadline = time.monotonic() + 60
    while len(seen) < 5000 and time.monotonic() < deadline:
        seen += [row.data["number"] for row in follower.poll() if isinstance(row, Event)]
    assert process.wait(timeout=30) == 0
    assert seen == list(range(5000))
