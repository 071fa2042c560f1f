"""The terminal app during the flood: four panes at 200x50, keys pressed meanwhile, a search; and mprocs."""

from __future__ import annotations

import hashlib
import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import flood, peers
from bench.drain import CLIENTS, mprocs_draining
from bench.row import Row
from bench.watched import Watched
from fltui.probe.processes import read_entry

_FLOODS = 4  # one lasts some seconds and has room for a dozen keys
_WANTED = 150_001  # the line that is searched for, counted from 1
_ATTACHED = "client-4"  # the pane that is drawn last
# `L` shows local accuracies, or no longer: the title of the curve says which. No dialog is in the way.
_TOGGLE, _TOGGLED = b"L", ("local and global", "global, our evaluator")


def measure() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        floods = [_Seen(root / f"flood-{number}") for number in range(_FLOODS)]
        mprocs = mprocs_draining(root)
    cpu_s = statistics.mean(seen.cpu_s for seen in floods)
    written = max(seen.written for seen in floods)
    rss_mb = max(seen.rss_mb for seen in floods)
    keys = sorted(key for seen in floods for key in seen.keys)
    p95_s = keys[math.ceil(0.95 * len(keys)) - 1]
    found = max(seen.found_s or math.inf for seen in floods)
    exact = all(seen.exact for seen in floods)
    ratio = cpu_s / mprocs.cpu_s
    return Row(
        "the app in a flood of 4 x 200,000 lines, four panes at 200x50",
        (
            (
                f"supervisor, guard and app: {cpu_s:.2f} CPU s (mean of {_FLOODS} floods); "
                f"{statistics.mean(seen.start_cpu_s for seen in floods):.2f} of them the app's start"
            ),
            f"mprocs {peers.MPROCS}, one pane: {mprocs.cpu_s:.2f} CPU s, {mprocs.terminal_bytes / 1e6:.2f} MB",
            f"{written / 1e6:.2f} MB to the terminal; the app has {rss_mb:.0f} MB",
            (
                f"key to screen, of {len(keys)} keys: median {1000 * statistics.median(keys):.0f} ms, "
                f"p95 {1000 * p95_s:.0f} ms"
            ),
            f"line {_WANTED:,} of a pane, searched for meanwhile: shown after {found:.2f} s",
            f"log files byte-exact: {'yes' if exact else 'NO'}",
        ),
        f"CPU {ratio:.2f} of mprocs, {written / 1e6:.2f} MB, p95 {1000 * p95_s:.0f} ms",
        "at most 0.33, 2 MB, 100 ms, 150 MB, byte-exact",
        exact and found < math.inf and ratio <= 1 / 3 and written <= 2e6 and p95_s <= 0.1 and rss_mb <= 150,
    )


class _Seen:
    """One flood, watched. The children begin when the app shows their panes."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        run, gate = root / "run", root / "gate"
        recipe = str(Path(flood.__file__).parent / "recipes" / "flood")
        command = [peers.fltui(), "--run", recipe, "--run-dir", str(run), "--detach"]
        environ = {**os.environ, "FLOOD_GATE": str(gate)}
        subprocess.run(command, env=environ, check=True, capture_output=True)
        start = json.loads((run / "events.jsonl").read_text().splitlines()[0])["data"]
        self._costs: dict[int, float] = {}
        self.keys: list[float] = []
        self.rss_mb = 0.0
        self.found_s: float | None = None
        app = Watched([peers.fltui(), "attach", str(run)], {})
        self._pids = [int(start["guard"]), int(start["pid"]), app.pid]
        try:
            app.shows(_ATTACHED)
            time.sleep(1.0)
            self._sample()
            self.start_cpu_s = self._costs[app.pid]
            before = app.written
            gate.touch()
            self._watch(app, run)
            self.written = app.written - before
        finally:
            app.end()
        self.exact = all(
            hashlib.sha256((run / "logs" / f"client-{n + 1}.log").read_bytes()).hexdigest() == flood.digest(n)
            for n in range(CLIENTS)
        )

    def _watch(self, app: Watched, run: Path) -> None:
        """Presses keys until the run has ended; searches as soon as the line is there."""
        log, enough = run / "logs" / "client-1.log", _WANTED * len(flood.line(0, 0))
        while not _ended(run):
            for text in _TOGGLED:
                self.keys.append(app.press(_TOGGLE, text))
                time.sleep(0.02)
            self._sample()
            if self.found_s is None and log.stat().st_size > enough:
                app.press(b"/", "a regular expression")
                self.found_s = app.press(f"^{_WANTED - 1:06d}".encode(), f"{_WANTED - 1:06d} client-")
                app.press(b"\r", "search")  # the footer: letters are keys again
                app.type(b"f")
        self._sample()

    @property
    def cpu_s(self) -> float:
        return sum(self._costs.values())

    def _sample(self) -> None:
        for pid in self._pids:
            entry = read_entry(pid)
            if entry is not None:
                self._costs[pid] = max(entry.cpu_s, self._costs.get(pid, 0.0))
        if entry is not None:  # the app, which is the last of them
            self.rss_mb = max(self.rss_mb, entry.rss / 1e6)


def _ended(run: Path) -> bool:
    return b'"kind":"end"' in (run / "events.jsonl").read_bytes()[-20_000:]
