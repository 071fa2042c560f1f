"""The metric line that a newcomer copies is one line of JSON, there at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

COMMON = Path(__file__).resolve().parents[2] / "recipes" / "common"


def test_a_metric_line_is_there_before_the_process_ends() -> None:
    code = "from metric_line import print_metric\nprint_metric(2, 'global', accuracy=0.5, loss=1)\ninput()"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(COMMON)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert child.poll() is None
    finally:
        child.communicate("\n", timeout=30)
    assert json.loads(line) == {"metric": {"round": 2, "scope": "global", "accuracy": 0.5, "loss": 1.0}}


def test_the_helper_needs_nothing_but_the_standard_library() -> None:
    code = "import metric_line, sys; assert 'numpy' not in sys.modules"
    subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(COMMON)}, check=True, timeout=30
    )
