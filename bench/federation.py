"""The wall time of a federation under fltui beside the same commands from a shell script.

The script waits for the same readiness lines; time runs from the first spawn to the last exit.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import peers
from bench.row import Row

RECIPE = "digits/flower"
SETTINGS = {"rounds": "20", "pause": "2.5"}
TURNS = 4  # even: whoever runs first in one pair runs last in the next


def measure() -> Row:
    ours, script = [], []
    _script()  # what it reads from the disk is in memory for both
    for turn in range(TURNS):
        if turn % 4 in (0, 3):
            ours.append(_fltui())
        else:
            script.append(_script())
    ratio = sum(ours) / sum(script)
    return Row(
        f"{RECIPE}, {SETTINGS['rounds']} rounds, under fltui and from a shell script",
        (f"fltui: {_list(ours)} s", f"shell script: {_list(script)} s"),
        f"wall {ratio:.3f}",
        "at most 1.03",
        ratio <= 1.03,
    )


def _list(seconds: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in seconds)


def _settings() -> list[str]:
    return [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]


def _fltui() -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [peers.fltui(), "--run", RECIPE, "--run-dir", str(run), *_settings()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times = [
            event["t"]
            for event in map(json.loads, (run / "events.jsonl").read_text().splitlines())
            if event["kind"] == "process" and event["data"]["state"] in ("running", "done")
        ]
    return float(max(times) - min(times))


def _script() -> float:
    """Runs the plan's processes from `sh`, which looks for each readiness line every tenth of a second."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        plan = _plan(run)
        for name in ("logs", "artifacts", "work", "files"):
            (run / name).mkdir(parents=True, exist_ok=True)
        for file in plan["files"]:
            Path(file["path"]).parent.mkdir(parents=True, exist_ok=True)
            Path(file["path"]).write_text(file["text"])
        script = Path(folder) / "run.sh"
        script.write_text("set -eu\n" + "\n".join(_lines(plan, run)) + "\nwait\n")
        began = time.monotonic()
        subprocess.run(["sh", str(script)], check=True, timeout=300)
        return time.monotonic() - began


def _plan(run: Path) -> dict[str, Any]:
    """The plan as fltui would run it, in the folder `run`, with a port that is free here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [peers.fltui(), "plan", RECIPE, "--json", *_settings()]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    text = text.replace(json.loads(text)["folder"], str(run)).replace("${{ ports.server }}", str(port))
    return dict(json.loads(text))


def _lines(plan: dict[str, Any], run: Path) -> list[str]:
    lines: list[str] = []
    todo = list(plan["processes"])
    begun: set[str] = set()
    waited: set[str] = set()
    while todo:
        process = next(p for p in todo if all(need["process"] in begun for need in p["needs"]))
        todo.remove(process)
        begun.add(process["name"])
        for need in process["needs"]:
            if need["condition"] == "completed" and need["process"] not in waited:
                waited.add(need["process"])  # sh knows a process that was waited for no more
                lines.append(f"wait $pid_{_name(need['process'])}")
            elif need["condition"] == "ready":
                lines += _until_ready(plan, need["process"], run)
        env = " ".join(f"{key}={shlex.quote(value)}" for key, value in process["env"].items())
        argv = " ".join(map(shlex.quote, process["argv"]))
        log = shlex.quote(str(run / "logs" / f"{process['name']}.log"))
        lines.append(f"(cd {shlex.quote(process['cwd'])} && exec env {env} {argv}) > {log} 2>&1 &")
        lines.append(f"pid_{_name(process['name'])}=$!")
    return lines


def _until_ready(plan: dict[str, Any], name: str, run: Path) -> list[str]:
    process = next(p for p in plan["processes"] if p["name"] == name)
    log = shlex.quote(str(run / "logs" / f"{name}.log"))
    return [
        f"until grep -Eq {shlex.quote(check['line'])} {log}; do sleep 0.1; done"
        for check in (process["ready"] or {"checks": []})["checks"]
        if check["kind"] == "log"
    ]


def _name(process: str) -> str:
    return process.replace("-", "_")


os.environ.setdefault("PYTHONUNBUFFERED", "1")
