"""Output of every kind: it is in the log byte for byte, and no line of it harms the supervisor."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engines, Run, sh, wait_until, watch, zoo
from living import cpu_ticks, lives

from fltui.facts.plan import Check, LineRule, MetricRule, NoteRule, Readiness, Step, Success

METRIC = '{"round": 1, "scope": "global", "accuracy": 0.5}'


def notes(run: Run) -> list[str]:
    return [event["data"]["text"] for event in run.of_kind("note")]


def test_200_000_lines_as_fast_as_they_come_are_all_in_the_log(engines: Engines) -> None:
    files = [engines.root / f"sum-{number}" for number in (1, 2)]
    run = engines.start(
        *(
            zoo(f"client-{number}", "floods", "200000", str(file))
            for number, file in zip((1, 2), files, strict=True)
        ),
        watch=watch(progress=(LineRule("client", r"step 199999 "),)),
    )
    assert run.end()["verdict"] == "ok"
    for number, file in zip((1, 2), files, strict=True):
        data = run.log(f"client-{number}")
        assert data.count(b"\n") == 200_000
        assert hashlib.sha256(data).hexdigest() == file.read_text()


def test_a_line_of_10_mb_is_kept_whole_and_hides_nothing_behind_it(engines: Engines) -> None:
    run = engines.start(
        zoo("client-1", "one_long_line", ready=Readiness((Check("log", line="^the next line$"),), 20))
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0)
    data = run.log("client-1")
    assert len(data) == 10_000_000 + len("found at the end\nthe next line\n")
    assert data == b"x" * 10_000_000 + b"found at the end\nthe next line\n"
    assert result["processes"][0]["max_rss_mb"] > 0
    assert run.states("client-1") == ["running", "ready", "done"]


def test_a_progress_bar_is_one_line_whose_parts_are_seen(engines: Engines) -> None:
    step = Step("wait", "half", line=r"^100/200", timeout_s=20)
    run = engines.start(
        zoo("client-1", "progress_bar", metrics=(MetricRule("json"),), steps=(step,)),
        success=Success(1, "accuracy"),
    )
    result = run.end()
    assert (result["verdict"], result["reason"]) == ("ok", "1 of 1 rounds, accuracy 0.500")
    data = run.log("client-1")
    assert data.count(b"\r") == 202
    assert data.count(b"\n") == 2
    assert result["steps"][0]["state"] == "done"


def test_bytes_that_spoil_terminals_are_kept_and_read_through(engines: Engines) -> None:
    file = engines.root / "wild"
    run = engines.start(
        zoo(
            "client-1",
            "broken_bytes",
            str(file),
            ready=Readiness((Check("log", line="^red ready to serve$"), Check("log", line="^link$")), 20),
        ),
        watch=watch(notes=(NoteRule("client", r"^(?P<what>alternate screen)$", "seen: {what}"),)),
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0), result["reason"]
    assert run.log("client-1") == file.read_bytes()
    assert notes(run) == ["seen: alternate screen"]


def test_who_closes_its_terminal_lives_on_and_may_come_back_to_it(engines: Engines) -> None:
    file = engines.root / "alive"
    run = engines.start(zoo("client-1", "closes_stdout", str(file), "1.0", "return"))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0), result["reason"]
    assert run.log("client-1") == b"closing\nback on the terminal\n"


def test_who_closes_its_terminal_costs_no_cpu_and_is_stopped(engines: Engines) -> None:
    file = engines.root / "alive"
    run = engines.start(zoo("client-1", "closes_stdout", str(file), "60"))
    wait_until(file.exists)
    ticks = cpu_ticks(run.supervisor)
    seen = file.read_text()
    wait_until(lambda: float(file.read_text()) > float(seen) + 1.0)
    assert cpu_ticks(run.supervisor) - ticks < 0.3 * os.sysconf("SC_CLK_TCK")
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("interrupted", 130)
    assert result["processes"][0]["signal"] == "SIGTERM"


def test_hostile_lines_do_not_harm_the_supervisor(engines: Engines) -> None:
    run = engines.start(
        zoo(
            "server",
            "hostile_lines",
            metrics=(
                MetricRule("json"),
                MetricRule("line", line=r"accuracy=(?P<accuracy>\S+) of round (?P<round>\S+)"),
            ),
        ),
        success=Success(2, "accuracy"),
        watch=watch(
            round_started=LineRule("server", r"\[ROUND (?P<round>\S+)\]"),
            round_done=LineRule("server", r'"round": (?P<round>2)'),
            clients=LineRule("server", r"sampled (?P<connected>\S+) clients"),
            notes=(NoteRule("server", r"the (?P<what>end)", "{what:d} {missing} {0}"),),
        ),
    )
    result = run.end()
    assert "supervisor" not in result["reason"]
    assert run.log("server").endswith(b"the end\n")
    assert result["reason"] == "every process ended as planned, but only 1 of 2 rounds were seen"
    assert result["metrics"]["accuracy"] == 0.5
    assert any("no number" in note for note in notes(run))


def test_a_metric_file_that_is_none_does_not_harm_the_supervisor(engines: Engines) -> None:
    fifo, folder, good = (engines.root / name for name in ("fifo", "folder", "good"))
    os.mkfifo(fifo)
    folder.mkdir()
    rules = tuple(MetricRule("file", path=str(path)) for path in (fifo, folder, good))
    write = f"""echo '{METRIC}' >{good}; sleep 1.5"""
    run = engines.start(sh("client-1", write, metrics=rules), success=Success(1, "accuracy"))
    result = run.end()
    assert result["verdict"] == "ok"
    assert result["reason"].startswith("1 of 1 rounds, accuracy 0.500; tests: ")
    assert str(fifo) in result["reason"]
    assert [note for note in notes(run) if str(fifo) in note or str(folder) in note]


def test_a_metric_file_of_an_earlier_run_proves_nothing(engines: Engines) -> None:
    old = engines.root / "metrics.jsonl"
    old.write_text(f"{METRIC}\n")
    rules = (MetricRule("file", path=str(old)),)
    run = engines.start(sh("client-1", "sleep 0.2", metrics=rules), success=Success(1, "accuracy"))
    result = run.end()
    assert (result["verdict"], result["metrics"]) == ("failed", {})


def test_a_metric_file_that_is_written_anew_counts_also_when_it_says_the_same(engines: Engines) -> None:
    old = engines.root / "metrics.jsonl"
    old.write_text(f"{METRIC}\n")
    rules = (MetricRule("file", path=str(old)),)
    run = engines.start(
        sh("client-1", f"echo '{METRIC}' >{old}", metrics=rules), success=Success(1, "accuracy")
    )
    result = run.end()
    assert (result["verdict"], result["metrics"]) == ("ok", {"accuracy": 0.5})


# -- a full disk ---------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_stops_no_child_and_spoils_the_verdict(engines: Engines, small_disk: Path) -> None:
    size = 5_000_000
    files = [engines.root / f"done-{number}" for number in (1, 2)]
    run = engines.start(
        *(
            zoo(f"client-{number}", "fills_the_disk", str(size), str(file))
            for number, file in zip((1, 2), files, strict=True)
        ),
        folder=small_disk / "run",
    )
    result = run.end()
    assert [file.read_text() for file in files] == ["written to the end"] * 2
    kept = sum(len(run.log(f"client-{number}")) for number in (1, 2))
    printed = 2 * (size - size % 99)
    assert kept < 1024 * 1024
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    lost = {f"logs/client-{n}.log": size - size % 99 - len(run.log(f"client-{n}")) for n in (1, 2)}
    assert result["reason"].startswith("the disk of the run folder was full: ")
    first = max(lost, key=lambda file: lost[file])
    assert f"full: {lost[first]:,} bytes of {first} and " in result["reason"]
    of_logs = [e["data"]["bytes"] for e in run.of_kind("loss") if e["data"]["file"].startswith("logs/")]
    assert sum(of_logs) == printed - kept
    assert [process["state"] for process in result["processes"]] == ["done", "done"]


def test_a_loss_is_told_when_it_begins_and_as_a_whole_at_the_end(engines: Engines, small_disk: Path) -> None:
    run = engines.start(
        sh("client-1", "exec yes"), sh("client-2", "exec sleep 600"), folder=small_disk / "run"
    )
    log = "logs/client-1.log"
    wait_until(lambda: log in [event["data"]["file"] for event in run.of_kind("loss")], what="the word of it")
    assert lives(run.pid_of("client-1")), "it is told while it happens"
    run.ask(do="stop")
    reason = run.end()["reason"]
    losses = [event["data"]["bytes"] for event in run.of_kind("loss") if event["data"]["file"] == log]
    assert len(losses) == 2
    assert f"the disk of the run folder was full: {sum(losses):,} bytes of {log}" in reason


def test_a_process_that_finds_no_room_is_told_with_the_full_disk(engines: Engines, small_disk: Path) -> None:
    run = engines.start(
        sh("prepare", f"head -c 9000000 /dev/zero >{small_disk}/data"), folder=small_disk / "run"
    )
    reason = run.end()["reason"]
    assert reason.startswith("prepare ended with exit code 1 at ")
    assert "; the disk of the run folder was full" in reason


def test_a_run_on_a_full_disk_can_still_be_stopped_and_finished(engines: Engines, small_disk: Path) -> None:
    """The guard too finds room for the end."""
    file = engines.root / "done"
    run = engines.start(
        zoo("client-1", "fills_the_disk", "3000000", str(file)),
        sh("client-2", "sleep 600"),
        folder=small_disk / "run",
    )
    wait_until(file.exists)
    other = run.pid_of("client-2")
    os.kill(run.supervisor, 9)
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("the supervisor was killed by SIGKILL after ")
    assert not lives(other)
