"""The way from a command to the terminal app, which no command imports."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from fltui.cli.errors import UsageError


def open_app(instead: str, **options: Any) -> int:
    """Opens the app and returns its exit code. Raises UsageError, which says what to do `instead`,
    where there is no terminal that can show it."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if not terminal:
        raise UsageError(f"the terminal app needs a terminal that is not dumb; {instead}")
    # By name: whoever runs headless must not load it, and no arrow points from here to there.
    return int(importlib.import_module("fltui.tui.app").main(**options) or 0)
