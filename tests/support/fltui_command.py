"""Runs the command `fltui`: a process of its own as for a user, or without one where that is no part of the claim."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fltui.cli.main import main

COMMAND = (sys.executable, "-m", "fltui.cli.main")
# They look and print, or ask a live run for one thing. A process of its own costs them 0.3 to 0.5 s of CPU.
QUICK = frozenset(["recipes", "check", "plan", "schema", "ps", "runs", "logs", "send", "mark"])


def fltui(*words: str, cwd: Path | str | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """`fltui WORDS…` to its end, with no terminal. A quick command without `options` runs in this process,
    unless it is to find the library of a fake driver: LD_LIBRARY_PATH is read when a process starts."""
    if command_of(words) in QUICK and not options and "FAKE_NVML" not in os.environ:
        return fltui_here(*words, cwd=cwd)
    values: dict[str, Any] = {"stdin": subprocess.DEVNULL, "timeout": 100, "cwd": cwd, **options}
    if "input" in options:
        del values["stdin"]
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, **values)


def fltui_here(*words: str, cwd: Path | str | None = None) -> subprocess.CompletedProcess[str]:
    """`fltui WORDS…` in this process: the same words, streams and exit code; a fault of fltui is raised."""
    code = 0
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch, open(os.devnull) as nothing, contextlib.chdir(cwd or "."):
        streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8") for name in ("stdout", "stderr")}
        for name, stream in {**streams, "stdin": nothing}.items():
            patch.setattr(sys, name, stream)
        try:
            main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        for stream in streams.values():
            stream.flush()
    said = {name: stream.buffer.getvalue().decode() for name, stream in streams.items()}  # type: ignore[attr-defined]
    return subprocess.CompletedProcess([*COMMAND, *words], code, **said)


def command_of(words: tuple[str, ...]) -> str:
    """The command among the words; `--run` has none."""
    rest = words[2:] if words[:1] == ("--recipes",) else words
    return rest[0] if rest else ""
