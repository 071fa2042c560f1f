"""A signal reaches the process that was seen, and never a later one of the same number."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from engines import wait_until
from few_files import few_file_descriptors

from fltui.probe.ending import Living, living_of, send, send_to
from fltui.probe.processes import ProcessTable, environ_has, read_entry


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    run = f"ending-{os.getpid()}"
    process = subprocess.Popen(["sleep", "600"], env={**os.environ, "FLTUI_RUN": run})
    # Popen returns in the middle of exec(2), a moment before the kernel shows the new environment.
    wait_until(lambda: environ_has(process.pid, "FLTUI_RUN", run))
    yield process
    process.kill()
    process.wait()


def test_a_signal_reaches_who_was_seen(sleeper: subprocess.Popen[bytes]) -> None:
    send(ProcessTable.read(), [sleeper.pid], signal.SIGTERM)
    assert sleeper.wait(30) == -signal.SIGTERM


def test_a_later_process_of_the_same_number_is_spared(sleeper: subprocess.Popen[bytes]) -> None:
    entry = read_entry(sleeper.pid)
    assert entry is not None
    send_to(entry._replace(start_time=entry.start_time - 1), signal.SIGKILL)
    send_to(entry, signal.SIGTERM)
    assert sleeper.wait(30) == -signal.SIGTERM, "and not of SIGKILL"


def test_who_has_gone_is_passed_over(sleeper: subprocess.Popen[bytes]) -> None:
    table = ProcessTable.read()
    sleeper.kill()
    sleeper.wait()
    Living(table, {sleeper.pid}).signal(signal.SIGKILL)


def test_who_bears_the_name_of_a_run_is_found_but_not_who_asks(sleeper: subprocess.Popen[bytes]) -> None:
    assert living_of(f"ending-{os.getpid()}").pids == {sleeper.pid}
    assert sleeper.pid in living_of("no such run", below=os.getpid()).pids
    assert os.getpid() not in living_of("no such run", below=os.getppid()).pids


@pytest.mark.parametrize("free", [0, 1])
def test_nobody_gets_a_signal_while_no_file_can_be_opened(
    sleeper: subprocess.Popen[bytes], free: int
) -> None:
    entry = read_entry(sleeper.pid)
    assert entry is not None
    with few_file_descriptors(os.getpid(), free):
        send_to(entry, signal.SIGKILL)
    send_to(entry, signal.SIGTERM)
    assert sleeper.wait(30) == -signal.SIGTERM, "and not of SIGKILL"
