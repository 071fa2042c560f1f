"""A process that became another user, as behind sudo: the engine may not signal it, and says so."""

from __future__ import annotations

import os
import signal

import pytest
from engines import Engines, Run, wait_until, zoo

from fltui.facts.plan import Stop

QUICK = Stop(term_s=0.1, group_s=0.1, kill_s=0.3)


@pytest.fixture
def run(engines: Engines) -> Run:
    if os.getuid() != 0:
        pytest.skip("only root may become another user")
    engines.without_cap_kill = True
    run = engines.start(zoo("client-1", "becomes_another_user", stop=QUICK))
    wait_until(lambda: b"another user" in run.log("client-1"))
    return run


def test_a_signal_that_may_not_be_sent_is_answered_with_a_sentence(run: Run) -> None:
    answer = run.ask(do="signal", process="client-1", signal="TERM")
    assert not answer["ok"]
    assert answer["error"] == "client-1 could not be sent SIGTERM: it has just ended, or runs as another user"
    os.kill(run.pid_of("client-1"), signal.SIGKILL)
    assert run.end()["verdict"] == "failed"


def test_who_may_not_be_ended_is_named_as_left(run: Run) -> None:
    pid = run.pid_of("client-1")
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], [left["pid"] for left in result["leftovers"]]) == ("interrupted", [pid])
    assert f"left running: pid {pid} (" in result["reason"]


def test_who_outlives_a_killed_supervisor_and_its_guard_is_named_as_left(run: Run) -> None:
    pid = run.pid_of("client-1")
    os.kill(run.supervisor, signal.SIGKILL)
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("leftovers", 5)
    assert [left["pid"] for left in result["leftovers"]] == [pid]
    assert result["reason"].startswith("the supervisor was killed by SIGKILL after ")
    assert f"; left running: pid {pid} (" in result["reason"]
    assert "was ended" not in result["reason"]
    assert run.process.returncode == 5
