"""The terminal that these tests give a command is of its size from the first moment."""

from __future__ import annotations

import os
import select
import sys

import pytest
from fltui_terminal import Terminal


def test_a_command_never_sees_a_terminal_without_a_size(
    terminal: type[Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = "import shutil; print(*shutil.get_terminal_size())"
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("fltui_terminal.COMMAND", (sys.executable, "-c", asks))
    # We come to the line behind the fork only when the command has said what it saw.
    monkeypatch.setattr(os, "set_inheritable", lambda fd, on: select.select([fd], [], [], 30))
    opened = terminal(columns=40)
    assert opened.exit_code() == 0
    assert opened.output.split() == ["40", "24"]
