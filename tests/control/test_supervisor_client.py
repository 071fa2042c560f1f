"""Claims about the client of a live run's socket, against real engines."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest
from engines import Engines, sh, wait_until

from fltui.control.client import Refused, RunGone, Supervisor
from fltui.control.crashed import close_crashed
from fltui.facts.request import Request
from fltui.record import socket_path
from fltui.record.lock import owner


def test_a_line_reaches_a_process_and_marks_reach_the_record(engines: Engines) -> None:
    run = engines.start(sh("echo", "read line; echo got $line"))
    with Supervisor.connect(run.folder) as supervisor:
        supervisor.request("mark", text="here", by="a test")
        supervisor.request(Request("send", {"process": "echo", "text": "hello"}))
    assert run.end()["verdict"] == "ok"
    assert b"got hello" in run.log("echo")
    assert run.of_kind("mark")[0]["data"] == {"text": "here", "by": "a test"}


def test_a_refusal_is_the_supervisors_sentence(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    with Supervisor.connect(run.folder) as supervisor:
        with pytest.raises(Refused, match="no process nobody; this run has sleeper"):
            supervisor.request("send", process="nobody", text="x")
        assert supervisor.request("status")["processes"]["sleeper"]["pid"] == run.pid_of("sleeper")
        supervisor.request("stop", force=True)
    assert run.end()["verdict"] == "interrupted"


def test_an_owned_run_ends_when_its_owner_closes(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"), owned=True)
    with Supervisor.connect(run.folder) as supervisor:
        supervisor.own()
        run.pid_of("sleeper")
    assert run.end()["verdict"] == "interrupted"


def test_a_detached_run_outlives_its_owner(engines: Engines) -> None:
    run = engines.start(sh("waiter", "read line"), owned=True)
    with Supervisor.connect(run.folder) as supervisor:
        supervisor.own()
        supervisor.detach()
    with Supervisor.connect(run.folder) as supervisor:
        assert supervisor.request("status")["state"] != "stopping"
        supervisor.request("send", process="waiter", text="go")
    assert run.end()["verdict"] == "ok"


def test_the_end_of_a_run_is_seen_as_the_end_of_the_connection(engines: Engines) -> None:
    run = engines.start(sh("short", "read line"))
    with Supervisor.connect(run.folder) as supervisor:
        supervisor.request("send", process="short", text="go")
        run.end()
        assert select.select([supervisor.fileno()], [], [], 5)[0]
        with pytest.raises(RunGone, match=rf"run {run.folder.name} has ended \(ok\)"):
            supervisor.request("status")


def test_a_connection_lost_before_the_record_tells_of_an_end_says_that(tmp_path: Path) -> None:
    with socket_path.listen(tmp_path) as listener:
        supervisor = Supervisor.connect(tmp_path)
        listener.accept()[0].close()
        with supervisor, pytest.raises(RunGone, match="ended before it answered"):
            supervisor.request("status")


def test_a_run_that_is_over_cannot_be_reached(engines: Engines, tmp_path: Path) -> None:
    run = engines.start(sh("short", "true"))
    run.end()
    with pytest.raises(RunGone, match=rf"run {run.folder.name} has ended \(ok\)"):
        Supervisor.connect(run.folder)
    with pytest.raises(RunGone, match="is not alive"):
        Supervisor.connect(tmp_path)


def test_who_speaks_to_a_run_that_lost_its_engine_is_told_how_to_close_it(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    before = Supervisor.connect(run.folder)
    for pid in (run.guard, run.supervisor):
        os.kill(pid, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    told = rf"lost its engine; `fltui stop {run.folder.name}` closes it"
    with before, pytest.raises(RunGone, match=told):
        before.request("status")
    # A process without an owner may still be at closing its files: who comes now meets its socket or not.
    with pytest.raises(RunGone, match=told), Supervisor.connect(run.folder) as after:
        after.request("status")
    close_crashed(run.folder)


def test_a_supervisor_that_hangs_is_not_waited_for_for_ever(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    with Supervisor.connect(run.folder, timeout_s=0.5) as supervisor:
        os.kill(run.supervisor, signal.SIGSTOP)
        try:
            with pytest.raises(RunGone, match="does not answer"):
                supervisor.request("status")
        finally:
            os.kill(run.supervisor, signal.SIGCONT)
    wait_until(lambda: run.of_kind("start"))
    with Supervisor.connect(run.folder) as supervisor:
        supervisor.request("stop", force=True)
    run.end()
