"""Claims about the last lines of a headless run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fltui.cli.log_tail import log_tail
from fltui.cli.progress import lines_of
from fltui.cli.summary import summary_lines
from fltui.engine.verdict import Cause, Evidence, judge
from fltui.facts.plan import Success
from fltui.facts.records import Metric
from fltui.facts.verdict import Leftover, ProcessResult, Result, Verdict
from fltui.record.snapshot import begin
from fltui.tui.numbers import share


def failed_server(folder: Path, **fields: object) -> Result:
    processes = (
        ProcessResult("server", "server", "failed", None, "SIGSEGV", 1.0, 80.0, "logs/server.log"),
        ProcessResult("client-1", "client", "failed", 1, None, 1.0, 80.0, "logs/client-1.log"),
    )
    values: dict[str, object] = {"processes": processes, "culprit": "server", **fields}
    return Result("r", "run-1", str(folder), Verdict.FAILED, 1, "server died", **values)  # type: ignore[arg-type]


def log(folder: Path, name: str, data: bytes) -> None:
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs" / f"{name}.log").write_bytes(data)


def test_a_failure_ends_with_the_last_20_lines_of_the_process_to_blame(tmp_path: Path) -> None:
    log(tmp_path, "server", b"".join(b"line %d\n" % n for n in range(30)))
    lines = summary_lines(failed_server(tmp_path))
    assert lines[0] == "failed: server died"
    assert lines[-20:] == [f"  line {n}" for n in range(10, 30)]
    assert lines[-21].startswith(f"server (server) killed by SIGSEGV; log {tmp_path}/logs/server.log")


def test_who_ended_with_the_engine_is_blamed_for_nothing(tmp_path: Path) -> None:
    log(tmp_path, "server", b"at work\n")
    lost = replace(failed_server(tmp_path), culprit=None, engine_lost=True)
    assert "at work" in "\n".join(summary_lines(replace(lost, engine_lost=False)))
    assert "at work" not in "\n".join(summary_lines(lost))


def test_a_culprit_without_output_is_said_to_be_silent(tmp_path: Path) -> None:
    log(tmp_path, "server", b"")
    assert summary_lines(failed_server(tmp_path))[-1].endswith("server.log, it is empty")


def test_success_says_verdict_figures_and_folder_and_no_more(tmp_path: Path) -> None:
    result = Result(
        "r", "run-1", str(tmp_path), Verdict.OK, 0, "3 of 3 rounds, accuracy 0.892", 3, 3,
        {"accuracy": 0.8917, "loss": 0.41}, duration_s=21.34,
    )  # fmt: skip
    assert summary_lines(result) == [
        "ok: 3 of 3 rounds, accuracy 0.892",
        "loss 0.410, 21.3 s",
        f"folder {tmp_path}",
    ]


def test_an_interrupted_run_says_so_once(tmp_path: Path) -> None:
    result = Result("r", "run-1", str(tmp_path), Verdict.INTERRUPTED, 130, "interrupted by Ctrl-C")
    assert summary_lines(result)[0] == "interrupted by Ctrl-C"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8917, "0.892"),
        (0.0, "0.000"),
        (-1.5, "-1.500"),
        (312423.0, "312423"),
        (3.1e8, "3.1e+08"),
        (0.0000123, "1.23e-05"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_the_line_the_verdict_and_the_app_write_a_metric_alike(
    tmp_path: Path, value: float, text: str
) -> None:
    metric = Metric(1.0, 1, "evaluate", "global", "loss", value)
    [line] = lines_of([metric], begin({"plan": {}}))[1]
    wanted = Success(rounds=None, metric="loss", at_least=None)
    ended = judge(Evidence(Cause(Verdict.OK), wanted, frozenset(), {}, {"loss": value}))
    assert line.text == f"round 1: global loss {text}"
    assert f"loss {text}" in ended.reason or value != value
    if abs(value) >= 1:
        assert share(value) == text


def test_processes_left_over_are_named(tmp_path: Path) -> None:
    lines = summary_lines(failed_server(tmp_path, leftovers=(Leftover(4711, "python stubborn.py"),)))
    assert "1 process could not be ended:" in lines
    assert "  pid 4711: python stubborn.py" in lines


def test_a_log_cannot_command_the_terminal(tmp_path: Path) -> None:
    log(tmp_path, "a", b"\x1b]0;title\x07\x1b]52;c;cGFzdGU=\x07\x1b[2Jhello\x9b31m\x00\n 10%\r 99%\r100%\n")
    assert log_tail(tmp_path / "logs" / "a.log") == ["hello\N{REPLACEMENT CHARACTER}31m", "100%"]


def test_the_tail_of_a_log_larger_than_memory_costs_64_kib(tmp_path: Path) -> None:
    path = tmp_path / "big.log"
    with open(path, "wb") as file:
        file.truncate(64 << 30)  # sparse
        file.seek(64 << 30)
        file.write(b"\nthe end\n")
    assert log_tail(path)[-1] == "the end"
