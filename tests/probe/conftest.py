"""Fixtures of the probe's tests: real processes, ended afterwards, and patience with a deadline."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Polls until the call returns something true and returns that; fails after 20 s."""

    def wait(holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 20
        while not (value := holds()):
            if time.monotonic() > deadline:
                pytest.fail("it did not come within 20 s")
            time.sleep(0.02)
        return value

    return wait


@pytest.fixture
def run_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python program in a session of its own, with pipes; the session is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", textwrap.dedent(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):  # all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def line_of() -> Callable[[subprocess.Popen[str]], str]:
    """The next line that a process prints."""

    def read(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().strip()

    return read
