"""Claims about the last lines of a headless run."""

from __future__ import annotations

from pathlib import Path

from fltui.cli.log_tail import log_tail
from fltui.cli.summary import summary_lines
from fltui.facts.verdict import Leftover, ProcessResult, Result, Verdict


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
