"""From the command to the first child, and to the prompt after Ctrl-C."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from bench import peers
from bench.measured import run_on_terminal
from bench.row import Row

TIMES = 5
_RECIPE = """schema: 1
title: One child
framework: none
task: start
processes:
  one: {role: tool, argv: ["true"]}
deadline: 1m
guide: Nothing.
"""


def measure() -> Row:
    first: list[float] = []
    whole: list[float] = []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as folder:
            recipe = Path(folder) / "recipe.yaml"
            recipe.write_text(_RECIPE)
            run = Path(folder) / "run"
            began = time.time()
            done = run_on_terminal(
                [peers.fltui(), "--run", str(recipe), "--run-dir", str(run)], lambda _: False
            )
            if done.exit_code != 0:
                raise RuntimeError(done.output.decode(errors="replace"))
            events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
            started = next(
                event["t"] for event in events if event["kind"] == "process" and "pid" in event["data"]
            )
            first.append(started - began)
            whole.append(done.wall_s)
    seconds = statistics.median(first)
    return Row(
        "fltui --run to the first child",
        (
            f"{seconds:.2f} s to the first child (median of {TIMES})",
            f"{statistics.median(whole):.2f} s to the verdict",
        ),
        f"{seconds:.2f} s",
        "0.5 s",
        seconds <= 0.5,
    )
