"""A terminal that can be killed: one tmux server of its own per test."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Tmux:
    """Runs commands in sessions, types into them, reads what they show."""

    def __init__(self, folder: Path, columns: int = 100, rows: int = 30) -> None:
        self._socket = folder / "tmux"
        self._size = ("-x", str(columns), "-y", str(rows))

    def __call__(self, *words: str, check: bool = True) -> str:
        command = ["tmux", "-u", "-f", os.devnull, "-S", str(self._socket), *words]
        return subprocess.run(command, check=check, capture_output=True, text=True, timeout=20).stdout

    def open(self, session: str, command: list[str], **environ: str) -> None:
        settings = [f"{key}={value}" for key, value in environ.items()]
        self("new-session", "-d", "-s", session, *self._size, shlex.join(["env", *settings, *command]))

    def press(self, session: str, *keys: str) -> None:
        self("send-keys", "-t", session, *keys)

    def screen(self, session: str) -> str:
        return self("capture-pane", "-p", "-t", session, check=False)

    def sessions(self) -> list[str]:
        return self("list-sessions", "-F", "#{session_name}", check=False).split()

    def until(self, session: str, text: str, timeout_s: float = 30.0) -> str:
        """Waits until `text` is on the screen."""
        deadline = time.monotonic() + timeout_s
        while text not in (shown := self.screen(session)):
            if time.monotonic() > deadline:
                pytest.fail(f"{text!r} is not on the screen:\n{shown}")
            time.sleep(0.05)
        return shown

    def kill(self) -> None:
        self("kill-server", check=False)


@contextmanager
def tmux_or_skip(folder: Path) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed (Debian, Ubuntu: apt install tmux)")
    server = Tmux(folder)
    try:
        yield server
    finally:
        server.kill()
