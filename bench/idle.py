"""200 supervised processes that do nothing, and the supervisor's memory."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from bench import peers
from bench.row import Row
from fltui.probe.processes import read_entry

PROCESSES, SECONDS = 200, 20


def measure() -> Row:
    recipe = str(Path(__file__).parent / "recipes" / "idle")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [peers.fltui(), "--run", recipe, "--run-dir", str(run), "--set", "seconds=600"]
        front = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _all_started(run)
            start = json.loads((run / "events.jsonl").read_text().splitlines()[0])
            pids = [front.pid, int(start["data"]["guard"]), int(start["data"]["pid"])]
            time.sleep(3)  # the start is over, its cost is not what is measured
            before, began = _cpu(pids), time.monotonic()
            time.sleep(SECONDS)
            share = (_cpu(pids) - before) / (time.monotonic() - began)
            entry = read_entry(pids[2])
            rss = entry.rss / 1e6 if entry else 0.0
        finally:
            front.terminate()
            front.wait(60)
    return Row(
        f"{PROCESSES} idle processes",
        (f"{100 * share:.1f}% of a core (front end, guard and supervisor)", f"supervisor {rss:.0f} MB"),
        f"{100 * share:.1f}% of a core, {rss:.0f} MB",
        "under 5% of a core, 60 MB",
        share < 0.05 and rss <= 60,
    )


def _all_started(run: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        events = run / "events.jsonl"
        if events.exists() and events.read_text().count('"state":"running","inc') >= PROCESSES:
            return
        time.sleep(0.2)
    raise RuntimeError("the processes did not all start within a minute")


def _cpu(pids: list[int]) -> float:
    return sum(entry.cpu_s for pid in pids if (entry := read_entry(pid)) is not None)
