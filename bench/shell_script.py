"""A launch plan as a shell script, as somebody without fltui would write it: the same argv, variables and files.

It looks for each readiness line every tenth of a second, types a process's steps into a FIFO, says
"completed" when all that ends by itself has ended, and then ends what serves.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMPLETED = "completed"


def shell_script(plan: dict[str, Any], run: Path) -> str:
    """The text for `sh`; logs go to `run`/logs. Ports of the plan must be numbers already."""
    return "\n".join(["set -eu", *_Script(plan, run).lines(), ""])


class _Script:
    def __init__(self, plan: dict[str, Any], run: Path) -> None:
        self._processes: dict[str, dict[str, Any]] = {p["name"]: p for p in plan["processes"]}
        self._run = run
        self._waited: set[str] = set()
        self._fifos = 0

    def lines(self) -> Iterator[str]:
        begun: set[str] = set()
        while len(begun) < len(self._processes):
            process = next(
                p
                for p in self._processes.values()
                if p["name"] not in begun and all(need["process"] in begun for need in p["needs"])
            )
            begun.add(process["name"])
            for need in process["needs"]:
                if need["condition"] == "completed":
                    yield from self._wait_for(need["process"])
                elif need["condition"] == "ready":
                    yield from self._until_ready(need["process"])
            yield from self._start(process)
        serving = [p["name"] for p in self._processes.values() if p["ends"] == "serves"]
        for name in self._processes:
            if name not in serving:
                yield from self._wait_for(name)
        yield f"echo {COMPLETED}"
        if serving:
            yield f"kill {' '.join(map(_pid, serving))}"
            yield "wait"

    def _start(self, process: dict[str, Any]) -> Iterator[str]:
        name, cwd = process["name"], shlex.quote(process["cwd"])
        env = " ".join(f"{key}={shlex.quote(value)}" for key, value in process["env"].items())
        argv = " ".join(map(shlex.quote, process["argv"]))
        typed = ""
        if process["steps"]:
            fifo, self._fifos = shlex.quote(str(self._run / f"{name}.fifo")), self._fifos + 1
            yield f"mkfifo {fifo}; exec {self._keyboard}<>{fifo}"
            typed = f" < {fifo}"
        yield f"mkdir -p {cwd}"
        yield f"(cd {cwd} && exec env {env} {argv}) > {self._log(name)} 2>&1{typed} &"
        yield f"{_variable(name)}=$!"
        if process["steps"]:
            yield f"({'; '.join(self._steps(process))}) &"

    def _steps(self, process: dict[str, Any]) -> Iterator[str]:
        for step in process["steps"]:
            if step["kind"] == "send":
                yield f"echo {shlex.quote(step['text'])} >&{self._keyboard}"
            line = step["line"] if step["kind"] == "wait" else step["until"]
            if line:
                yield self._until(step["process"] or process["name"], line, step["count"])

    @property
    def _keyboard(self) -> int:
        """The descriptor of the newest FIFO."""
        return 2 + self._fifos

    def _wait_for(self, name: str) -> Iterator[str]:
        if name not in self._waited:  # sh knows a process that was waited for no more
            self._waited.add(name)
            yield f"wait {_pid(name)}"

    def _until_ready(self, name: str) -> Iterator[str]:
        for check in (self._processes[name]["ready"] or {"checks": []})["checks"]:
            if check["kind"] == "log":
                yield self._until(check["process"] or name, check["line"], check["count"])

    def _until(self, name: str, line: str, count: int) -> str:
        found = f"$(grep -Ec {shlex.quote(line)} {self._log(name)} || true)"
        return f'until [ "{found}" -ge {count} ]; do sleep 0.1; done'

    def _log(self, name: str) -> str:
        return shlex.quote(str(self._run / "logs" / f"{name}.log"))


def _variable(name: str) -> str:
    return f"pid_{name.replace('-', '_')}"


def _pid(name: str) -> str:
    return f"${_variable(name)}"
