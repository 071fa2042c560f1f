"""The last lines of a process's log, fit to be printed."""

from __future__ import annotations

import os
from pathlib import Path

from fltui.cli.wording import plain

TAIL_LINES = 20
_MOST_BYTES = 64 * 1024


def log_tail(path: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last `lines` lines of the last 64 KiB, without escape sequences; empty if there is no log."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _MOST_BYTES))
            data = file.read()
    except FileNotFoundError:
        return []
    return (
        [plain(line) for line in data.decode("utf-8", "replace").rstrip("\n").split("\n")[-lines:]]
        if data
        else []
    )
