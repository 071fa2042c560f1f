"""Starts a run as a shell would: the app itself owns nothing, so closing it never touches a run."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path


def shell_line(
    recipe: str,
    sets: Mapping[str, str],
    step: bool = False,
    recipes: Path | None = None,
    secrets: Iterable[str] = (),
) -> str:
    """The command that does the same. `recipes`: the folder that the app looks into first. Of `secrets`
    only the names are known here: a command line is no place for them."""
    words = ["fltui", *(["--recipes", str(recipes)] if recipes is not None else []), "--run", recipe]
    words += [w for key, value in sets.items() for w in ("--set", f"{key}={value}")]
    words += [w for key in secrets for w in ("--set", f"{key}=@FILE")]
    return shlex.join([*words, "--step"] if step else words)


def as_set(value: object) -> str:
    """A param's value as `--set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class Starting:
    """`fltui --run … --detach` on a thread. `said(line)`: what it says meanwhile (a build's progress);
    `done(run, error)`: the run's name, or a sentence. `secrets` go through memory: neither a command
    line nor a file ever holds them."""

    cancelled = False

    def __init__(
        self,
        file: Path,
        sets: dict[str, str],
        step: bool,
        said: Callable[[str], None],
        done: Callable[[str, str], None],
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        command = [sys.executable, "-m", "fltui.cli.main", "--run", str(file), "--detach", "--attended"]
        command += [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
        command += ["--step"] if step else []
        answers = _in_memory(secrets) if secrets else None
        if answers is not None:
            command += ["--answers", f"/proc/self/fd/{answers}"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=() if answers is None else (answers,),
            start_new_session=True,
        )
        if answers is not None:
            os.close(answers)
        self._said, self._done = said, done
        threading.Thread(target=self._watch, daemon=True).start()

    def cancel(self) -> None:
        """Ends it before the run has begun: a build removes what it began."""
        self.cancelled = True
        self._process.terminate()

    def _watch(self) -> None:
        last = ""
        assert self._process.stderr is not None
        assert self._process.stdout is not None
        for line in self._process.stderr:
            last = line.strip().removeprefix("fltui: ") or last
            self._said(last)
        run = self._process.stdout.read().strip()
        code = self._process.wait()
        self._done(
            run if code == 0 else "", "" if code == 0 else last or f"fltui ended with exit code {code}"
        )


def _in_memory(secrets: Mapping[str, str]) -> int:
    """An answers file without a name; its descriptor."""
    fd = os.memfd_create("answers", os.MFD_CLOEXEC)
    os.write(fd, json.dumps(dict(secrets)).encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
