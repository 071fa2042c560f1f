"""`uv tool install .` from a checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.xdist_group("packaging")
def test_uv_tool_install_puts_the_command_on_the_path(built, uv, tmp_path: Path) -> None:
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    uv("tool", "install", "--quiet", "--python", sys.executable, built[0], **places)
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["fltui"]
    command = [tmp_path / "bin" / "fltui", "plan", "digits/flower"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
