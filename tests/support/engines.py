"""Runs real engines on plans made in the test, and looks at what they left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from fltui.facts.codec import to_json
from fltui.facts.launch import Launch
from fltui.facts.plan import LaunchPlan, Process, Watch
from fltui.probe.processes import find_by_run
from fltui.record import lock, socket_path

ZOO = Path(__file__).resolve().parent.parent / "zoo"


def wait_until(holds: Callable[[], Any], timeout_s: float = 30.0, what: str = "the condition") -> Any:
    """Polls until `holds()` is true and returns its value; fails the test after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come within {timeout_s:g} s")
        time.sleep(0.02)


@dataclass
class Run:
    """One engine under test and its run folder."""

    folder: Path
    name: str
    process: subprocess.Popen[str]
    guard: int = 0

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def of_kind(self, kind: str, process: str | None = None) -> list[dict[str, Any]]:
        found = [event for event in self.events if event["kind"] == kind]
        return [event for event in found if process is None or event.get("process") == process]

    def states(self, process: str) -> list[str]:
        return [event["data"]["state"] for event in self.of_kind("process", process)]

    def pid_of(self, process: str) -> int:
        return int(
            wait_until(
                lambda: [e["data"]["pid"] for e in self.of_kind("process", process) if "pid" in e["data"]]
            )[-1]
        )

    @property
    def supervisor(self) -> int:
        return int(self.of_kind("start")[0]["data"]["pid"])

    def log(self, process: str) -> bytes:
        return (self.folder / "logs" / f"{process}.log").read_bytes()

    def ask(self, **request: Any) -> dict[str, Any]:
        with socket_path.connect(self.folder) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile() as answers:
                return dict(json.loads(answers.readline()))

    def own(self) -> socket.socket:
        connection = socket_path.connect(self.folder)
        connection.sendall(b'{"do": "own"}\n')
        connection.recv(4096)
        return connection

    def end(self, timeout_s: float = 40.0) -> dict[str, Any]:
        """Waits for the engine to end; the run's Result. Nothing of the run may be alive then."""
        self.process.wait(timeout_s)
        result = dict(self.of_kind("end")[0]["data"])
        assert self.events[-1]["kind"] == "end"
        assert lock.owner(self.folder) is None
        assert not (self.folder / socket_path.SOCKET).exists()
        alive = find_by_run(self.name)
        if not result["leftovers"]:
            assert alive == [], f"left over: {alive}"
        return result


# As root an engine may signal everybody; without this capability (5) it is as any user is.
_WITHOUT_CAP_KILL = (
    "import ctypes, os, sys\n"
    "assert ctypes.CDLL(None).prctl(24, 5, 0, 0, 0) == 0\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'fltui.engine'])"
)


@dataclass
class Engines:
    """Starts engines; ends what a failed test left. `without_cap_kill`: they may not signal other users."""

    root: Path
    without_cap_kill: bool = False
    runs: list[Run] = field(default_factory=list)

    def start(self, *processes: Process, secrets: dict[str, str] | None = None, **changes: Any) -> Run:
        launch_keys = {
            key: changes.pop(key) for key in ("owned", "owner_s", "headless", "person") if key in changes
        }
        folder = changes.pop("folder", self.root / f"run{len(self.runs)}")
        name = f"{self.root.name}-{len(self.runs)}-{os.getpid()}"
        marked = tuple(replace(p, env={"FLTUI_RUN": name, **p.env}) for p in processes)
        params = changes.pop("params", {})
        plan = LaunchPlan(
            "test/recipe", "Test", "tests", "none", name, str(folder), params, marked, **changes
        )
        launch = Launch(plan, secrets=secrets or {}, **launch_keys)
        process = subprocess.Popen(
            [
                sys.executable,
                *(("-c", _WITHOUT_CAP_KILL) if self.without_cap_kill else ("-m", "fltui.engine")),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(to_json(launch)) + "\n")
        process.stdin.close()
        answer = json.loads(process.stdout.readline() or "{}")
        process.stdout.close()
        run = Run(Path(folder), name, process, answer.get("pid", 0))
        self.runs.append(run)
        assert answer.get("ok"), answer
        return run

    def close(self) -> None:
        for run in self.runs:
            if run.process.poll() is None:
                run.process.send_signal(signal.SIGTERM)
                try:
                    run.process.wait(30)
                except subprocess.TimeoutExpired:
                    run.process.kill()
            kill_what_is_left(run.name)


def kill_what_is_left(run: str) -> None:
    """SIGKILL to every process marked with the run's name; one that ends by itself meanwhile is no error."""
    for pid in find_by_run(run):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def program(name: str, *argv: str, role: str = "client", **changes: Any) -> Process:
    """A process of a plan. Group is the name without its number."""
    group = name.rstrip("0123456789").rstrip("-")
    return Process(name, changes.pop("group", group), role, argv, str(changes.pop("cwd", ZOO)), **changes)


def sh(name: str, text: str, **changes: Any) -> Process:
    return program(name, "/bin/sh", "-c", text, **changes)


def python(name: str, text: str, **changes: Any) -> Process:
    return program(name, sys.executable, "-u", "-c", text, **changes)


def zoo(name: str, animal: str, *argv: str, **changes: Any) -> Process:
    """A small misbehaving program of tests/zoo."""
    return program(name, sys.executable, "-u", str(ZOO / f"{animal}.py"), *argv, **changes)


def watch(**changes: Any) -> Watch:
    return replace(Watch(deadline_s=60.0), **changes)
