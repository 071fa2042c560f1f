"""A server that ends because a stranger has its port was not ready, and the stranger is named."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import ZOO, Engines, program, sh, wait_until, watch, zoo

from fltui.engine.loop import Loop
from fltui.engine.readiness import Readiness
from fltui.engine.tool import Tools
from fltui.facts import plan as facts
from fltui.facts.plan import Check, Process, Restart
from fltui.record.writer import RunWriter


class Stranger:
    """A program that listens, and is no part of any run."""

    def __init__(self) -> None:
        command = [sys.executable, str(ZOO / "listens.py"), "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def leave(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    found = Stranger()
    yield found
    found.leave()


def server(port: int, *argv: str, **changes: object) -> Process:
    checks = (Check("log", line="listening"), Check("port", port=port))
    ready = facts.Readiness(checks, 60)
    return zoo("server", "needs_its_port", str(port), *argv, role="server", ready=ready, **changes)


def test_who_ends_at_once_because_its_port_is_taken_was_not_ready(
    engines: Engines, stranger: Stranger
) -> None:
    run = engines.start(server(stranger.port))
    result = run.end()
    assert b"is in use" in run.log("server")
    assert (result["verdict"], result["exit_code"]) == ("not-ready", 3)
    named = f"server is not ready: port {stranger.port} belongs to pid {stranger.process.pid} ("
    assert result["reason"].startswith(named)
    assert "listens.py" in result["reason"]
    assert result["reason"].endswith("not part of this run; it ended with exit code 1")
    assert stranger.process.poll() is None, "the stranger was ended with the run"


def test_a_run_that_waited_in_vain_says_what_was_noted_as_an_error(engines: Engines) -> None:
    ready = facts.Readiness((Check("log", line="listening"),), 1)
    says = "echo 'could not load the configuration'; sleep 60"
    notes = (facts.NoteRule("server", "could not (?P<what>.*)", "it could not {what}", "error"),)
    run = engines.start(sh("server", says, role="server", ready=ready), watch=watch(notes=notes))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("not-ready", 3)
    assert result["reason"].endswith("; tests: it could not load the configuration")


def test_where_the_stranger_has_left_meanwhile_the_end_is_what_it_was(
    engines: Engines, stranger: Stranger
) -> None:
    left = engines.root / "left"
    run = engines.start(server(stranger.port, str(left)))
    wait_until(lambda: b"is in use" in run.log("server"))
    stranger.leave()
    left.touch()
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("server ended with exit code 1 at ")
    assert "belongs to" not in result["reason"]


def test_who_may_start_again_does_so_before_it_is_given_up(engines: Engines, stranger: Stranger) -> None:
    run = engines.start(server(stranger.port, restart=Restart(1, 0.0)))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("not-ready", 3)
    assert run.states("server").count("running") == 2


def test_a_stranger_that_has_left_is_not_named_when_the_time_is_up(tmp_path: Path) -> None:
    loop, decided, looks = Loop(), list[str | None](), list[int]()

    def own_pids() -> set[int]:
        looks.append(1)
        return set()  # this very process is the stranger

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ready = facts.Readiness((Check("port", port=port),), 1)
        tools = Tools(loop, RunWriter.create(tmp_path / "run", {}), {})
        Readiness(program("server", "x", ready=ready), {}, loop, tools, own_pids, {}, decided.append)
        assert looks == [1]  # seen
    while not decided:
        loop.turn()
    assert decided == [f"not ready after 1 s: waited for a listener on port {port}"]
