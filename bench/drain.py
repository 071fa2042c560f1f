"""Four children x 200,000 lines: the CPU of whoever drains them, beside mprocs and honcho."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from bench import flood, peers
from bench.measured import Measured, run_on_terminal
from bench.row import Row

FLOOD = str(Path(flood.__file__).resolve())
CLIENTS = 4


def is_load(command: str) -> bool:
    return "flood.py" in command


def measure() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ours, exact = _fltui(root)
        mprocs = mprocs_draining(root)
        honcho = _honcho(root)
    ratio = ours.cpu_s / mprocs.cpu_s
    return Row(
        "drain 4 x 200,000 lines, headless",
        (
            _words("fltui --run", ours),
            _words(f"mprocs {peers.MPROCS}", mprocs),
            _words(f"honcho {peers.HONCHO}", honcho),
            f"log files byte-exact: {'yes' if exact else 'NO'}",
        ),
        f"CPU {ratio:.2f} of mprocs",
        "at most 0.33, byte-exact",
        ratio <= 1 / 3 and exact,
    )


def _words(name: str, m: Measured) -> str:
    return f"{name}: {m.cpu_s:.2f} CPU s, {m.wall_s:.1f} s, {m.rss_mb:.0f} MB, {m.terminal_bytes / 1e6:.2f} MB to the terminal"


def _fltui(root: Path) -> tuple[Measured, bool]:
    run = root / "run"
    recipe = str(Path(FLOOD).parent / "recipes" / "flood")
    done = run_on_terminal([peers.fltui(), "--run", recipe, "--run-dir", str(run)], is_load)
    if done.exit_code != 0:
        raise RuntimeError(
            f"fltui ended with {done.exit_code}: {done.output[-2000:].decode(errors='replace')}"
        )
    exact = all(
        hashlib.sha256((run / "logs" / f"client-{n + 1}.log").read_bytes()).hexdigest() == flood.digest(n)
        for n in range(CLIENTS)
    )
    return done, exact


def mprocs_draining(root: Path) -> Measured:
    """mprocs on the same load; it shows one pane of it."""
    commands = {f"client-{n}": {"cmd": [sys.executable, FLOOD, str(n)]} for n in range(CLIENTS)}
    config = root / "mprocs.yaml"
    config.write_text(json.dumps({"procs": commands, "on_all_finished": {"c": "quit"}}))
    return run_on_terminal([peers.mprocs(), "--config", str(config)], is_load)


def _honcho(root: Path) -> Measured:
    # honcho ends all when the first one ends: here each waits for the others.
    lines = [
        f"client{n}: {sys.executable} {FLOOD} {n} {flood.LINES} {root} {CLIENTS}" for n in range(CLIENTS)
    ]
    procfile = root / "Procfile"
    procfile.write_text("\n".join(lines) + "\n")
    return run_on_terminal([peers.honcho(), "-f", str(procfile), "start"], is_load)
