"""One pass over /proc knows every process, its parents, its group and its use."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from fltui.probe.processes import (
    ProcessTable,
    command_of,
    environ_has,
    environ_value,
    find_by_run,
    read_entry,
)

GONE = 2**22 + 1  # above the largest pid that Linux gives


def test_our_own_row_agrees_with_psutil() -> None:
    row = ProcessTable.read().entries[os.getpid()]
    known = psutil.Process()
    assert (row.ppid, row.pgid, row.sid) == (os.getppid(), os.getpgid(0), os.getsid(0))
    assert row.lives
    assert abs(row.cpu_s - sum(known.cpu_times()[:2])) < 0.5
    assert abs(row.rss - known.memory_info().rss) < 20_000_000
    assert row.start_time / os.sysconf("SC_CLK_TCK") == pytest.approx(
        known.create_time() - psutil.boot_time(), abs=2
    )


def test_a_program_may_have_any_name(tmp_path: Path) -> None:
    program = tmp_path / ") R 1 (x y"
    shutil.copy("/bin/sleep", program)
    process = subprocess.Popen([program, "60"])
    try:
        row = read_entry(process.pid)
        assert row is not None
        assert (row.ppid, row.pgid) == (os.getpid(), os.getpgid(0))
    finally:
        process.kill()
        process.wait()


def test_descendants_are_found_through_every_generation(
    run_python: Callable[..., subprocess.Popen[str]], line_of: Callable[..., str]
) -> None:
    process = run_python(
        """
        import os, time
        for generation in range(3):
            if os.fork():
                time.sleep(60)
            if generation == 1:
                os.setsid()
        print(os.getpid())
        time.sleep(60)
        """
    )
    youngest = int(line_of(process))
    table = ProcessTable.read()
    found = table.descendants(process.pid)
    assert youngest in found
    assert len(found) == 3
    assert process.pid not in found
    assert found <= table.descendants(os.getpid())
    assert table.entries[youngest].sid != process.pid
    os.kill(youngest, signal.SIGKILL)
    for pid in found - {youngest}:
        os.kill(pid, signal.SIGKILL)


def test_a_zombie_is_in_the_table_but_does_not_live(eventually: Callable[..., Any]) -> None:
    process = subprocess.Popen(["true"])
    eventually(lambda: not ProcessTable.read().living([process.pid]))
    row = ProcessTable.read().entries[process.pid]
    assert (row.state, row.lives) == ("Z", False)
    assert process.pid in ProcessTable.read().children(os.getpid())
    assert command_of(process.pid) == "[true]"
    process.wait()
    assert read_entry(process.pid) is None


def test_who_is_gone_is_absent() -> None:
    assert read_entry(GONE) is None
    assert command_of(GONE) == ""
    assert environ_value(GONE, "PATH") is None
    assert not environ_has(GONE, "A", "b")
    assert ProcessTable.read().descendants(GONE) == set()


def test_a_command_is_one_printable_line_of_bounded_length(
    run_python: Callable[..., subprocess.Popen[str]], line_of: Callable[..., str]
) -> None:
    program = "print('began')\ninput()"
    process = run_python(program, "\x1b[31m\nred", "caf\xe9 ☃")
    long = run_python(program, "y" * 100_000)
    assert line_of(process) == line_of(long) == "began"
    assert command_of(process.pid).endswith("print('began')?input() ?[31m?red café ☃")
    assert len(command_of(long.pid)) == 300
    assert command_of(long.pid).endswith("y…")


def test_a_mark_in_the_environment_is_found_wherever_the_process_went(
    run_python: Callable[..., subprocess.Popen[str]], line_of: Callable[..., str]
) -> None:
    run = f"run-{os.getpid()}-k3f9"
    process = run_python(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            print(os.getpid())
        time.sleep(60)
        """,
        env={**os.environ, "FLTUI_RUN": run, "EMPTY": "", "LONG": "x" * 100_000, "LAST": "a=b"},
    )
    daemon = int(line_of(process))
    try:
        assert sorted(find_by_run(run)) == sorted([process.pid, daemon])
        assert find_by_run(run[:-1]) == []
        assert environ_value(daemon, "LAST") == "a=b"
        assert environ_value(daemon, "EMPTY") == ""
        assert environ_value(daemon, "LAS") is None
        assert environ_has(daemon, "FLTUI_RUN", run)
        assert not environ_has(daemon, "FLTUI_RUN", run + "x")
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_whoever_looks_for_a_run_does_not_find_himself(
    run_python: Callable[..., subprocess.Popen[str]], line_of: Callable[..., str]
) -> None:
    process = run_python(
        "import os\nfrom fltui.probe.processes import find_by_run\nprint(find_by_run(os.environ['FLTUI_RUN']))",
        env={**os.environ, "FLTUI_RUN": f"own-{os.getpid()}"},
    )
    assert line_of(process) == "[]"
