"""How soon the app is on the screen: on its own, and on a run with a log of 2 GB."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import peers
from bench.row import Row
from bench.watched import Watched
from fltui.probe.processes import read_entry

TIMES, BYTES = 5, 2_000_000_000
_LINE = "%011d step loss 0.12345 accuracy 0.54321 and some more words, as training programs write them"
_HELP = "? help"  # the footer, which is drawn last


def measure() -> Row:
    firsts = [_first_frame() for _ in range(TIMES)]
    with tempfile.TemporaryDirectory() as folder:
        run, last = _large_run(Path(folder))
        opens, jumps, rss = _large_log(run, last)
    first = statistics.median(firsts)
    slowest = max(jumps.values())
    return Row(
        "the app on the screen",
        (
            f"first frame {first:.2f} s (median of {TIMES}, {min(firsts):.2f} to {max(firsts):.2f})",
            f"a log of {BYTES / 1e9:.0f} GB shows its end after {opens:.2f} s",
            ", ".join(f"{name} {seconds:.2f} s" for name, seconds in jumps.items()),
            f"the app then has {rss:.0f} MB",
        ),
        f"{first:.2f} s; 2 GB {opens:.2f} s, then at most {slowest:.2f} s, {rss:.0f} MB",
        "0.8 s; 1 s, then 1 s, 200 MB",
        first <= 0.8 and opens <= 1.0 and slowest <= 1.0 and rss <= 200,
    )


def _first_frame() -> float:
    with tempfile.TemporaryDirectory() as state:
        app = Watched([peers.fltui()], {"XDG_STATE_HOME": state}, columns=120, rows=34)
        try:
            return app.shows(_HELP) - app.began
        finally:
            app.end()


def _large_run(root: Path) -> tuple[Path, int]:
    """A finished run whose log is blown up to BYTES afterwards; the number of its last line."""
    run = root / "run"
    recipe = str(Path(__file__).parent / "recipes" / "flood")
    command = [peers.fltui(), "--run", recipe, "--run-dir", str(run), "--set", "lines=10"]
    subprocess.run(command, check=True, capture_output=True)
    lines = BYTES // (len(_LINE % 0) + 1)
    with open(run / "logs" / "client-1.log", "wb") as log:
        for start in range(0, lines, 20_000):
            rows = (_LINE % number for number in range(start, min(start + 20_000, lines)))
            log.write(("\n".join(rows) + "\n").encode())
    return run, lines - 1


def _large_log(run: Path, last: int) -> tuple[float, dict[str, float], float]:
    app = Watched([peers.fltui(), "attach", str(run)], {})
    try:
        opens = app.shows(f"{last:011d}") - app.began
        app.type(b"z")
        time.sleep(0.5)
        jumps = {"Home": app.press(b"\x1b[H", f"{0:011d}"), "End": app.press(b"\x1b[F", f"{last:011d}")}
        app.press(b"/", "a regular expression")
        middle = f"{last // 2:011d}"
        jumps["search to the middle"] = app.press(middle.encode(), middle + " step")
        app.press(b"\r", "search")
        entry = read_entry(app.pid)
        return opens, jumps, entry.rss / 1e6 if entry else 0.0
    finally:
        app.end()
