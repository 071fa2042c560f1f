"""A real `fltui --run` as tests of the frameworks see it: started, watched by its run folder, and
looked after when it has ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from data_folder import environment_with_data
from having_recipes import recipe_or_skip

from fltui.probe.processes import find_by_run

ROOT = Path(__file__).resolve().parents[2]
FLTUI = Path(sys.executable).with_name("fltui")
DEADLINE_S = 240.0


@dataclass
class Federation:
    """One `fltui --run RECIPE --json` in a run folder of its own."""

    child: subprocess.Popen[str]
    folder: Path
    errors: Path

    def events(self) -> list[dict[str, Any]]:
        """What has happened so far; a line that is being written is left out."""
        path = self.folder / "events.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def scored(self) -> set[int]:
        """The rounds whose global weights have been scored."""
        path = self.folder / "metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        rows = [json.loads(line) for line in lines if line.endswith("\n")]
        return {row["round"] for row in rows if row["scope"] == "global" and row["round"] is not None}

    def log(self, process: str) -> bytes:
        """What a process has printed so far."""
        path = self.folder / "logs" / f"{process}.log"
        return path.read_bytes() if path.exists() else b""

    def wait_for(self, what: str, found: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Until the events show it; fails when the run ends first."""
        until = time.monotonic() + DEADLINE_S
        while not found(self.events()):
            assert self.child.poll() is None, f"ended before {what}: {self.errors.read_text()[-2000:]}"
            assert time.monotonic() < until, f"no {what} within {DEADLINE_S:g} s"
            time.sleep(0.05)

    def wait_for_round(self, number: int) -> None:
        def started(events: list[dict[str, Any]]) -> bool:
            return any(
                event["kind"] == "round" and event["data"] == {"round": number, "phase": "started"}
                for event in events
            )

        self.wait_for(f"round {number}", started)

    def wait_for_line(self, process: str, text: str, times: int = 1) -> None:
        """Until a process's log holds `text` so often."""
        self.wait_for(
            f"{text!r} of {process}",
            lambda _: self.log(process).decode(errors="replace").count(text) >= times,
        )

    def pid(self, process: str) -> int:
        """The leader of a process that has been started."""
        pids = [
            event["data"]["pid"]
            for event in self.events()
            if event["kind"] == "process" and event.get("process") == process and "pid" in event["data"]
        ]
        return int(pids[-1])

    def kill(self, process: str) -> float:
        """SIGKILL to a process's leader; returns the time."""
        os.kill(self.pid(process), signal.SIGKILL)
        return time.monotonic()

    def result(self) -> dict[str, Any]:
        """The JSON object of its end, which must be the only thing on stdout; nothing may be left."""
        out, _ = self.child.communicate(timeout=DEADLINE_S)
        result: dict[str, Any] = json.loads(out)
        assert self.child.returncode == result["exit_code"]
        assert result["leftovers"] == []
        assert find_by_run(result["run"]) == []
        return result

    def notes(self, level: str | None = None) -> str:
        """What was said beside the run, of that level or of any, one a line."""
        found = [event["data"] for event in self.events() if event["kind"] == "note"]
        return "\n".join(note["text"] for note in found if level in (None, note["level"]))

    def ok(self) -> dict[str, Any]:
        """Its result, which must be ok."""
        result = self.result()
        assert result["verdict"] == "ok", f"{result['reason']}\n{self.errors.read_text()[-3000:]}"
        assert result["exit_code"] == 0
        return result


Start = Callable[..., Federation]


@contextmanager
def federations(request: pytest.FixtureRequest, folder: Path) -> Iterator[Start]:
    """Gives `start("digits/flower", rounds=4)`, which begins a run; whatever still runs at the end is
    stopped. A recipe that cannot run here skips the test and says what is missing."""
    started: list[Federation] = []

    def begin(recipe: str, *, deadline: str = "", stall: str = "", **params: object) -> Federation:
        recipe_or_skip(request, recipe, needs_data="data" not in params)
        number = len(started)
        run, errors = folder / f"run-{number}", folder / f"errors-{number}"
        words = [str(FLTUI), "--run", str(ROOT / "recipes" / recipe), "--json", "--run-dir", str(run)]
        words += ["--deadline", deadline] if deadline else []
        words += ["--stall", stall] if stall else []
        words += [word for name, value in params.items() for word in ("--set", f"{name}={value}")]
        with errors.open("w") as stderr:
            child = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=environment_with_data(),
            )
        started.append(Federation(child, run, errors))
        return started[-1]

    yield begin
    for federation in started:
        if federation.child.poll() is None:
            federation.child.send_signal(signal.SIGINT)
            federation.child.communicate(timeout=60)
