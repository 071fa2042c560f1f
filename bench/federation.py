"""The wall time of a federation under fltui beside the same commands from a shell script.

Time runs from the first spawn to the last exit of what ends by itself.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import peers
from bench.row import Row
from bench.shell_script import COMPLETED, shell_script

_TURNS = 4


def measure() -> Row:
    return compare("digits/flower", {"rounds": "20", "pause": "2.5"})


def compare(recipe: str, settings: Mapping[str, str], turns: int = _TURNS) -> Row:
    """`recipe` with `settings`, in turns under fltui and from `sh`; `turns` is a multiple of 4, so that
    whoever runs first in one pair runs last in the next.

    Raises PeerMissing when fltui itself cannot run the recipe here.
    """
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    ours, script = [], []
    _script(recipe, words)  # what it reads from the disk is in memory for both
    for turn in range(turns):
        if turn % 4 in (0, 3):
            ours.append(_fltui(recipe, words))
        else:
            script.append(_script(recipe, words))
    ratio = sum(ours) / sum(script)
    named = ", ".join(f"{key} {value}" for key, value in settings.items())
    return Row(
        f"{recipe}, {named}, under fltui and from a shell script",
        (f"fltui: {_list(ours)} s", f"shell script: {_list(script)} s"),
        f"wall {ratio:.3f}",
        "at most 1.03",
        ratio <= 1.03,
    )


def _list(seconds: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in seconds)


def _fltui(recipe: str, settings: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [peers.fltui(), "--run", recipe, "--run-dir", str(run), *settings]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise peers.PeerMissing(f"{recipe} cannot run here: {' '.join(done.stderr.split()[-40:])}")
        times = [
            event["t"]
            for event in map(json.loads, (run / "events.jsonl").read_text().splitlines())
            if event["kind"] == "process" and event["data"]["state"] in ("running", "done")
        ]
    return float(max(times) - min(times))


def _script(recipe: str, settings: list[str]) -> float:
    """Runs the plan's processes from `sh`."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        plan = _plan(recipe, settings, run)
        for name in ("logs", "artifacts", "work", "files"):
            (run / name).mkdir(parents=True, exist_ok=True)
        for file in plan["files"]:
            Path(file["path"]).parent.mkdir(parents=True, exist_ok=True)
            Path(file["path"]).write_text(file["text"])
        script = Path(folder) / "run.sh"
        script.write_text(shell_script(plan, run))
        began = time.monotonic()
        with subprocess.Popen(["sh", str(script)], stdout=subprocess.PIPE, text=True) as shell:
            assert shell.stdout is not None
            completed = shell.stdout.readline().strip() == COMPLETED
            took = time.monotonic() - began
        if not completed or shell.returncode not in (0, 143):  # 143: what serves was ended by SIGTERM
            raise peers.PeerMissing(f"{recipe} from a shell script failed: exit {shell.returncode}")
        return took


def _plan(recipe: str, settings: list[str], run: Path) -> dict[str, Any]:
    """The plan as fltui would run it, in the folder `run`, with ports that are free here."""
    command = [peers.fltui(), "plan", recipe, "--json", *settings]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise peers.PeerMissing(f"{recipe} cannot be planned here: {done.stderr.strip()}")
    text = done.stdout.replace(json.loads(done.stdout)["folder"], str(run))
    names = sorted(set(re.findall(r"\$\{\{ ports\.([\w-]+) \}\}", text)))
    for name, port in zip(names, _free_ports(len(names)), strict=True):
        text = text.replace(f'"${{{{ ports.{name} }}}}"', str(port)).replace(
            f"${{{{ ports.{name} }}}}", str(port)
        )
    return dict(json.loads(text))


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


os.environ.setdefault("PYTHONUNBUFFERED", "1")
