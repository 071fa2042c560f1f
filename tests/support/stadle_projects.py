"""A stand-in of nobody's run in the place of STADLE's service, for tests of recipes that ask for one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from having_environments import environment_or_skip

COMMON = Path(__file__).resolve().parents[2] / "recipes" / "common"
TOKEN = "the token of a project"
SERVICE = {"aggregator": "service", "aggr_ip": "127.0.0.1", "token": "env:TEST_STADLE_TOKEN"}


@contextmanager
def projects(folder: Path) -> Iterator[Callable[..., int]]:
    """`begin(agents=3, rounds=2)` starts one whose state lies in `folder`, and returns its port."""
    python = environment_or_skip("stadle").python
    started: list[subprocess.Popen[str]] = []

    def begin(**options: object) -> int:
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        child = subprocess.Popen(
            [
                *(python, "-m", "stadle_aggregator", "--port", "0"),
                *("--state", folder / "project", *words),
            ],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(COMMON), "STADLE_TOKEN": TOKEN},
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        assert child.stdout is not None
        return int(json.loads(child.stdout.readline())["port"])

    try:
        yield begin
    finally:
        for child in started:
            child.kill()
            child.communicate(timeout=30)
