"""Runs the command `fltui` on a terminal of its own, and types into it."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import struct
import termios
import time
from fcntl import ioctl

import pytest
from fltui_command import COMMAND

_TIOCGPTN = 0x80045430  # <asm-generic/ioctls.h>: the number of the other side


class Terminal:
    """`fltui WORDS…` as the leader of a session whose controlling terminal is ours to read."""

    def __init__(self, *words: str, columns: int = 100, **environ: str) -> None:
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (24, columns))  # here, before anybody can ask for it
            # A worker of pytest-xdist has the two of some other terminal: readline sets them.
            ours = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
            os.execve(COMMAND[0], [*COMMAND, *words], {**ours, "TERM": "xterm-256color", **environ})
        os.set_inheritable(self._master, False)  # else the next one keeps this terminal open
        self.output = ""
        self._status: int | None = None

    def read_until(self, text: str, timeout_s: float = 30.0) -> str:
        """Everything so far once `text` has come after what was asked for before."""
        deadline = time.monotonic() + timeout_s
        start = getattr(self, "_seen", 0)
        while text not in self.output[start:]:
            if time.monotonic() > deadline or not self._read(0.1):
                pytest.fail(f"{text!r} did not come; the terminal shows:\n{self.output[-3000:]}")
        self._seen = self.output.index(text, start) + len(text)
        return self.output

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    @property
    def device(self) -> int:
        """The device number of the terminal's other side."""
        number = struct.unpack("I", ioctl(self._master, _TIOCGPTN, bytes(4)))[0]
        return os.stat(f"/dev/pts/{number}").st_rdev

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def exit_code(self, timeout_s: float = 40.0) -> int:
        """Reads to the end; the exit code."""
        deadline = time.monotonic() + timeout_s
        while self._read(0.1):
            if time.monotonic() > deadline:
                pytest.fail(f"fltui did not end; the terminal shows:\n{self.output[-3000:]}")
        return self._wait()

    def close(self) -> None:
        """Hangs up, as a lost connection does."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        if self._status is None:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self._status = status
                    return
                time.sleep(0.05)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._wait()

    def _read(self, seconds: float) -> bool:
        """False once the other side has closed."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            return False
        self.output += data.decode("utf-8", "replace")
        return bool(data)

    def _wait(self) -> int:
        if self._status is None:
            self._status = os.waitpid(self.pid, 0)[1]
        return os.waitstatus_to_exitcode(self._status)
