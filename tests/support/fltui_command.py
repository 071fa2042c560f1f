"""Runs the command `fltui` as a user does: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

COMMAND = (sys.executable, "-m", "fltui.cli.main")


def fltui(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`fltui WORDS…` to its end, with no terminal."""
    values: dict[str, Any] = {"stdin": subprocess.DEVNULL, "timeout": 100, **options}
    if "input" in options:
        del values["stdin"]
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, **values)
