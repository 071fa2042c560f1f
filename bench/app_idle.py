"""The app beside a live run in which nothing happens: what it costs to stand there."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from bench import peers
from bench.row import Row
from bench.watched import Watched
from fltui.probe.processes import read_entry

PROCESSES, SECONDS = 5, 20


def measure() -> Row:
    recipe = str(Path(__file__).parent / "recipes" / "idle")
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run")
        sets = ["--set", f"processes={PROCESSES}", "--set", "seconds=600"]
        start = [peers.fltui(), "--run", recipe, "--run-dir", run, *sets, "--detach"]
        subprocess.run(start, check=True, capture_output=True)
        try:
            app = Watched([peers.fltui(), "attach", run], {})
            try:
                app.shows("? help")
                time.sleep(3)  # the start is over, its cost is not what is measured
                before, written, began = _cpu(app.pid), app.written, time.monotonic()
                time.sleep(SECONDS)
                seconds = time.monotonic() - began
                share, traffic = (_cpu(app.pid) - before) / seconds, (app.written - written) / seconds
            finally:
                app.end()
        finally:
            subprocess.run([peers.fltui(), "stop", run], check=True, capture_output=True)
    return Row(
        f"the app idle beside a live run of {PROCESSES} processes, 200x50",
        (f"{100 * share:.1f}% of a core, {traffic / 1000:.2f} KB/s to the terminal",),
        f"{100 * share:.1f}% of a core, {traffic / 1000:.2f} KB/s",
        "under 3% of a core, 2 KB/s",
        share < 0.03 and traffic <= 2000,
    )


def _cpu(pid: int) -> float:
    entry = read_entry(pid)
    return entry.cpu_s if entry else 0.0
