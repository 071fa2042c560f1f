"""A program on a terminal of its own that is watched and typed into while it runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Mapping

_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])"
)
_KEPT = 1 << 20


class Watched:
    """`written`: bytes to the terminal so far. A thread reads; `press` waits for what a key shows."""

    def __init__(self, argv: list[str], env: Mapping[str, str], columns: int = 200, rows: int = 50) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(slave, fd)
            os.execvpe(argv[0], argv, {**os.environ, "TERM": "xterm-256color", **env})
        os.close(slave)
        self.written = 0
        self._data = b""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def shows(self, text: str, timeout_s: float = 30.0, since: int = 0) -> float:
        """Waits until `text` was drawn after the first `since` bytes; the monotonic time of it.

        Raises TimeoutError with what is on the terminal.
        """
        deadline = time.monotonic() + timeout_s
        wanted = text.encode()
        with self._news:
            while wanted not in self._drawn(since):
                if not self._news.wait(deadline - time.monotonic()):
                    tail = self._drawn(0)[-1500:].decode(errors="replace")
                    raise TimeoutError(
                        f"{text!r} was not drawn within {timeout_s:g} s; the end of it: {tail}"
                    )
            return time.monotonic()

    def press(self, keys: bytes, text: str, timeout_s: float = 30.0) -> float:
        """Seconds from the key to `text` on the terminal."""
        since, began = self.written, time.monotonic()
        self.type(keys)
        return self.shows(text, timeout_s, since) - began

    def end(self) -> None:
        """Hangs up and waits until it has gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)
        deadline = time.monotonic() + 10
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.02)
        os.close(self._master)

    def _drawn(self, since: int) -> bytes:
        """The text without escape sequences; a cell is drawn once, so words stay together."""
        start = max(0, len(self._data) - (self.written - since)) if since else 0
        return _ESCAPES.sub(b"", self._data[start:])

    def _read(self) -> None:
        while True:
            try:
                if not select.select([self._master], [], [], 1.0)[0]:
                    continue
                data = os.read(self._master, 65536)
            except OSError:  # nobody has it open any more, or `end` closed it
                return
            if not data:
                return
            with self._news:
                self.written += len(data)
                self._data = (self._data + data)[-_KEPT:]
                self._news.notify_all()
