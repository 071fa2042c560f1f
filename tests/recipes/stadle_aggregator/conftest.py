"""An aggregator as a process of its own, and an agent that speaks the wire protocol to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fltui.environment.catalogue import find
from fltui.environment.device import accelerator
from fltui.environment.state import status
from fltui.facts.site import shipped_recipes

HERE = Path(__file__).resolve().parent
COMMON = HERE.parents[2] / "recipes" / "common"
DEADLINE_S = 60.0
TOKEN = "a token of the test"


@pytest.fixture(scope="session")
def grpc_python() -> Path:
    """A Python with grpcio and numpy: Flower's environment has them, and no licence question before it."""
    for name in ("flower", "stadle"):
        spec = find(name, shipped_recipes())
        found = status(spec, spec.layer_for(accelerator(), None))
        if found.built:
            return found.python
    pytest.skip("no environment with grpcio is built: fltui env create flower")


def surroundings() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(COMMON), "STADLE_TOKEN": TOKEN}


@dataclass
class Aggregator:
    """`python -m stadle_aggregator`, and the lines it has printed."""

    child: subprocess.Popen[str]
    state: Path
    output: Path

    def events(self) -> list[dict[str, Any]]:
        lines = self.output.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, event: str, times: int = 1) -> dict[str, Any]:
        """Until it has told of that so often; returns the last."""
        until = time.monotonic() + DEADLINE_S
        while True:
            found = [told for told in self.events() if told["event"] == event]
            if len(found) >= times:
                return found[times - 1]
            assert time.monotonic() < until, f"no {event}: {self.output.read_text()}"
            assert self.child.poll() is None, f"ended before {event}: {self.output.read_text()}"
            time.sleep(0.02)

    @property
    def port(self) -> int:
        return int(self.wait_for("listening")["port"])

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(DEADLINE_S)

    def end(self) -> tuple[int, str]:
        """Its exit code and what it said on stderr."""
        _, errors = self.child.communicate(timeout=DEADLINE_S)
        return self.child.returncode, errors


@dataclass
class WireAgent:
    """The other side: one agent, in a process of its own."""

    child: subprocess.Popen[str]
    name: str
    models: dict[str, Any] = field(default_factory=lambda: {"layer_0": {"array": [0.0], "times": 6}})

    def order(self, **order: Any) -> dict[str, Any]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()
        answer: dict[str, Any] = json.loads(self.child.stdout.readline())
        return answer

    def ask(self, kind: str, *parts: Any) -> Any:
        return self.order(ask=[kind, *parts])["reply"]

    def join(self, token: str = TOKEN) -> Any:
        return self.ask(
            "participate", {"agent_id": f"id of {self.name}", "agent_name": self.name, "token": token}
        )

    def upload(self) -> Any:
        model = {"base_model_state": {"_name": "head", "_type": 2, "_obj": None, "_weights": self.models}}
        about = {"agent_id": "admin", "agent_name": "admin_agent", "token": TOKEN, "model_id": "m0"}
        return self.ask("initialize_model", {**about, "models": self.models, "base_model": model})

    def fetch(self, has: int) -> Any:
        return self.ask("waiting_sgm", has, f"id of {self.name}", False)

    def send(self, value: float, examples: int = 1) -> Any:
        models = {name: {**array, "array": [value]} for name, array in self.models.items()}
        return self.ask(
            "update", {"agent_id": f"id of {self.name}", "models": models, "agg_weight": examples}
        )


@pytest.fixture
def aggregate(grpc_python: Path, tmp_path: Path) -> Iterator[Callable[..., Aggregator]]:
    """`aggregate(rounds=2, quorum=1)` starts one; on the state of the last one, if `state` is given."""
    started: list[Aggregator] = []

    def begin(state: Path | None = None, port: int = 0, **options: object) -> Aggregator:
        number = len(started)
        state, output = state or tmp_path / f"state-{number}", tmp_path / f"output-{number}"
        words = [
            word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))
        ]
        command = [
            str(grpc_python),
            "-m",
            "stadle_aggregator",
            "--port",
            str(port),
            "--state",
            str(state),
            *words,
        ]
        with output.open("w") as stdout:
            child = subprocess.Popen(
                command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=surroundings(), cwd=tmp_path
            )
        started.append(Aggregator(child, state, output))
        return started[-1]

    yield begin
    for aggregator in started:
        if aggregator.child.poll() is None:
            aggregator.kill()
        if aggregator.child.stderr is not None:
            aggregator.child.stderr.close()


@pytest.fixture
def agent(grpc_python: Path, tmp_path: Path) -> Iterator[Callable[[Aggregator, int], WireAgent]]:
    """`agent(aggregator, 1)` is agent-1, connected."""
    started: list[WireAgent] = []

    def begin(aggregator: Aggregator, number: int) -> WireAgent:
        child = subprocess.Popen(
            [grpc_python, HERE / "wire_agent.py", str(aggregator.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=surroundings(),
            cwd=tmp_path,
        )
        started.append(WireAgent(child, f"agent-{number}"))
        assert child.stdout is not None
        assert json.loads(child.stdout.readline()) == {"ready": True}
        return started[-1]

    yield begin
    for one in started:
        one.child.kill()
        one.child.communicate(timeout=DEADLINE_S)
