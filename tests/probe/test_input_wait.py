"""A process that waits for somebody to type is told from one that works or sleeps."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fltui.probe.input_wait import _KNOWN, reads_terminal

pytestmark = pytest.mark.skipif(not _KNOWN, reason="the system calls of this machine are not known")


@dataclass
class OnTerminal:
    process: subprocess.Popen[bytes]
    master: int
    device: int

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def waits(self) -> bool:
        return reads_terminal(self.pid, self.device)


@pytest.fixture
def on_terminal() -> Iterator[Callable[..., OnTerminal]]:
    """Starts a program whose controlling terminal is a new one."""
    started: list[OnTerminal] = []

    def start(*argv: str) -> OnTerminal:
        master, slave = os.openpty()
        process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        started.append(OnTerminal(process, master, os.fstat(slave).st_rdev))
        os.close(slave)
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        os.close(one.master)


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-c", program)


WAITING = {
    "cat": ("cat",),
    "shell": ("bash", "--norc", "-i"),
    "input": python("input('name: ')"),
    "readline": python("import readline; input('name: ')"),
    "getpass": python("import getpass; getpass.getpass()"),
    "thread": python("import threading, time; threading.Thread(target=input).start(); time.sleep(99)"),
    "select": python("import select; select.select([0], [], [])"),
    "poll": python("import select; p = select.poll(); p.register(0, select.POLLIN); p.poll()"),
    "epoll": python("import select; p = select.epoll(); p.register(0, select.EPOLLIN); p.poll()"),
    "high descriptor": python("import os, select; os.dup2(0, 200); select.select([200], [], [])"),
    "/dev/tty": python("open('/dev/tty').readline()"),
}
NOT_WAITING = {
    "sleeps": ("sleep", "99"),
    "works": python("while True: pass"),
    "reads a pipe": python("import os; r, w = os.pipe(); os.read(r, 1)"),
    "waits to write": python("import select; p = select.poll(); p.register(0, select.POLLPRI); p.poll()"),
    "selects a pipe": python("import os, select; r, w = os.pipe(); select.select([r], [], [])"),
    "listens": python("import socket; socket.create_server(('127.0.0.1', 0)).accept()"),
}


@pytest.mark.parametrize("name", WAITING)
def test_who_waits_for_a_line_is_seen(
    name: str, on_terminal: Callable[..., OnTerminal], eventually: Callable[..., Any]
) -> None:
    process = on_terminal(*WAITING[name])
    eventually(lambda: process.waits)
    assert not reads_terminal(process.pid, process.device + 1), "of another terminal it reads nothing"


@pytest.mark.parametrize("name", NOT_WAITING)
def test_who_does_something_else_is_not(
    name: str, on_terminal: Callable[..., OnTerminal], eventually: Callable[..., Any]
) -> None:
    announced = NOT_WAITING[name]
    if announced[0] == sys.executable:
        announced = (*announced[:-1], "print('begin')\n" + announced[-1])
        process = on_terminal(*announced)
        output = b""
        while b"begin" not in output:
            output += os.read(process.master, 100)
    else:
        process = on_terminal(*announced)
        eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text().strip() == announced[0])
    looks = [process.waits for _ in range(50)]
    assert looks == [False] * 50


def test_the_hint_goes_when_the_line_has_come(
    on_terminal: Callable[..., OnTerminal], eventually: Callable[..., Any]
) -> None:
    process = on_terminal(*python("input()\nimport time\ntime.sleep(99)"))
    eventually(lambda: process.waits)
    os.write(process.master, b"here\n")
    eventually(lambda: not process.waits)


def test_a_process_that_is_gone_waits_for_nothing() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert not reads_terminal(process.pid, os.makedev(136, 0))
