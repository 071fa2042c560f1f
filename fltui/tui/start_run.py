"""Starts a run as a shell would: the app itself owns nothing, so closing it never touches a run."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path


def shell_line(recipe: str, sets: dict[str, str], step: bool = False) -> str:
    """The command that does the same."""
    words = [
        "fltui",
        "--run",
        recipe,
        *(w for key, value in sets.items() for w in ("--set", f"{key}={value}")),
    ]
    return shlex.join([*words, "--step"] if step else words)


def as_set(value: object) -> str:
    """A param's value as `--set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class Starting:
    """`fltui --run … --detach` on a thread. `said(line)`: what it says meanwhile (a build's progress);
    `done(run, error)`: the run's name, or a sentence."""

    def __init__(
        self,
        file: Path,
        sets: dict[str, str],
        step: bool,
        said: Callable[[str], None],
        done: Callable[[str, str], None],
    ) -> None:
        command = [sys.executable, "-m", "fltui.cli.main", "--run", str(file), "--detach", "--attended"]
        command += [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
        self._process = subprocess.Popen(
            [*command, "--step"] if step else command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._said, self._done = said, done
        threading.Thread(target=self._watch, daemon=True).start()

    def cancel(self) -> None:
        """Ends it before the run has begun: a build removes what it began."""
        self._process.terminate()

    def _watch(self) -> None:
        last = ""
        assert self._process.stderr is not None
        assert self._process.stdout is not None
        for line in self._process.stderr:
            last = line.strip() or last
            self._said(last)
        run = self._process.stdout.read().strip()
        code = self._process.wait()
        self._done(
            run if code == 0 else "", "" if code == 0 else last or f"fltui ended with exit code {code}"
        )
