"""The run folder as its writer leaves it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fltui.facts.records import Metric, Resource
from fltui.facts.state import ProcessState
from fltui.facts.verdict import Leftover, Result
from fltui.record.manifest import RunFolderError, read_manifest, update_manifest
from fltui.record.reader import read_events, read_metrics, read_resources
from fltui.record.writer import RunExistsError, RunWriter


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_folder_is_readable_by_its_owner_only(writer: RunWriter) -> None:
    writer.event("mark", text="x")
    writer.log("server").write(b"x", 1.0)
    for path in [writer.folder, *writer.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_that_holds_a_run_is_never_written_over(writer: RunWriter, manifest: dict[str, Any]) -> None:
    with pytest.raises(RunExistsError, match="already holds a run"):
        RunWriter.create(writer.folder, manifest)


def test_an_empty_folder_that_exists_can_become_a_run(tmp_path: Path, manifest: dict[str, Any]) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    RunWriter.create(tmp_path / "mine", manifest, clock=lambda: 12.5).close()
    assert read_manifest(tmp_path / "mine") == {"schema": 1, "created": 12.5, **manifest}
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


def test_an_event_is_in_the_file_when_the_call_returns(writer: RunWriter) -> None:
    event = writer.event("process", "server", state=ProcessState.READY, pids=(1, 2))
    assert lines(writer.folder / "events.jsonl") == [
        {"t": event.t, "kind": "process", "process": "server", "data": {"state": "ready", "pids": [1, 2]}}
    ]


def test_an_event_may_carry_a_kind_of_its_own_and_name_its_process(writer: RunWriter) -> None:
    writer.event("step", process="client-1", kind="send")
    (event,) = read_events(writer.folder)
    assert (event.kind, event.process, event.data) == ("step", "client-1", {"kind": "send"})


def test_times_come_from_the_clock_that_was_given(tmp_path: Path, manifest: dict[str, Any]) -> None:
    writer = RunWriter.create(tmp_path / "run", manifest, clock=lambda: 99.25)
    assert writer.event("mark").t == 99.25


def test_bytes_that_are_no_utf8_survive_in_an_event(writer: RunWriter) -> None:
    text = b"caf\xe9 \xff".decode("utf-8", "surrogateescape") + " é ☃"
    writer.event("note", text=text)
    (writer.folder / "events.jsonl").read_text(encoding="utf-8")  # the file itself is UTF-8
    assert read_events(writer.folder)[0].data["text"] == text


@pytest.mark.parametrize("value", [0.1 + 0.2, math.inf, -math.inf, math.nan])
def test_metrics_survive_whatever_their_value(writer: RunWriter, value: float) -> None:
    writer.metric(Metric(1.5, None, "evaluate", "global", "loss", value))
    (row,) = read_metrics(writer.folder)
    assert row.value == value or (math.isnan(value) and math.isnan(row.value))
    text = (writer.folder / "metrics.jsonl").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_resource_value_that_could_not_be_had_is_left_out(writer: RunWriter) -> None:
    rows = [Resource(1.0, process="server", cpu_s=2.0), Resource(1.0, gpu="0", watts=71.5)]
    writer.resources(rows)
    assert lines(writer.folder / "resources.jsonl") == [
        {"t": 1.0, "process": "server", "cpu_s": 2.0},
        {"t": 1.0, "gpu": "0", "watts": 71.5},
    ]
    assert read_resources(writer.folder) == rows


def test_the_end_is_the_last_line_and_only_the_first_one_counts(
    writer: RunWriter, result: Callable[..., Result]
) -> None:
    writer.event("mark", text="before")
    writer.end(result(reason="first", leftovers=(Leftover(7, "sleep"),)))
    writer.end(result(reason="second"))
    *_, last = read_events(writer.folder)
    assert (last.kind, last.data["reason"]) == ("end", "first")
    assert [event.kind for event in read_events(writer.folder)] == ["mark", "end"]
    assert not (writer.folder / "reserve").exists()


def test_reopening_cuts_torn_lines_off_and_says_so(writer: RunWriter, result: Callable[..., Result]) -> None:
    writer.event("mark", text="whole")
    writer.log("server").write(b"no newline", 1.0)
    writer.close()
    with (writer.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"t":1.0,"kind":"to')
    with (writer.folder / "metrics.jsonl").open("ab") as file:
        file.write(b"x" * 200_000)
    again = RunWriter.reopen(writer.folder)
    assert not again.ended
    again.end(result())
    again.close()
    events = read_events(writer.folder)
    assert [event.kind for event in events] == ["mark", "loss", "loss", "end"]
    losses = {event.data["file"]: event.data["bytes"] for event in events[1:3]}
    assert losses == {"events.jsonl": 19, "metrics.jsonl": 200_000}
    assert (writer.folder / "metrics.jsonl").read_bytes() == b""
    assert (writer.folder / "logs/server.log").read_bytes() == b"no newline"


def test_reopening_an_ended_run_adds_no_second_end(writer: RunWriter, result: Callable[..., Result]) -> None:
    writer.end(result())
    writer.close()
    again = RunWriter.reopen(writer.folder)
    assert again.ended
    again.end(result(reason="late"))
    again.close()
    assert len(read_events(writer.folder)) == 1


def test_a_folder_without_a_run_cannot_be_reopened(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        RunWriter.reopen(tmp_path)


def test_one_log_has_one_writer_and_goes_on_after_it_was_closed(writer: RunWriter) -> None:
    log = writer.log("client-1.ready")
    assert writer.log("client-1.ready") is log
    log.write(b"one ", 1.0)
    log.close()
    writer.log("client-1.ready").write(b"two", 2.0)
    assert (writer.folder / "logs/client-1.ready.log").read_bytes() == b"one two"
    assert writer.lost_bytes == 0


def test_a_manifest_is_replaced_whole(writer: RunWriter, manifest: dict[str, Any]) -> None:
    update_manifest(writer.folder, socket="/tmp/elsewhere")
    found = read_manifest(writer.folder)
    assert found["socket"] == "/tmp/elsewhere"
    assert found["plan"] == manifest["plan"]
    assert [path.name for path in writer.folder.glob(".manifest*")] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "cannot be read"), ("[]", "no JSON object"), ('{"schema": 99}', "newer fltui")],
)
def test_a_manifest_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(RunFolderError, match=sentence):
        read_manifest(tmp_path)
