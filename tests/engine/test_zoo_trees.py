"""Processes that do not want to go, or whose families do not: nothing of a run is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from engines import ZOO, Engines, Run, program, sh, wait_until, zoo
from living import lives, parent_of, pid_in

from fltui.facts.plan import Check, Need, Readiness, Restart, Stop
from fltui.probe.processes import ProcessTable

SHORT = Stop(term_s=0.3, group_s=0.3, kill_s=3)


def says(line: str) -> Readiness:
    return Readiness((Check("log", line=line),), 20)


def stages(run: Run, process: str) -> list[str]:
    return [event["data"]["stage"] for event in run.of_kind("signal", process)]


def texts(run: Run) -> list[str]:
    return [event["data"]["text"] for event in run.of_kind("note")]


@contextmanager
def debugger(pid: int, *words: str) -> Iterator[int]:
    """Somebody outside of the run who traces `pid` and never lets go of it."""
    command = [sys.executable, str(ZOO / "holds_the_dead.py"), str(pid), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tracer:
        try:
            assert tracer.stdout is not None
            if tracer.stdout.readline() != "tracing\n":
                pytest.skip("this machine does not allow one process to trace another")
            yield tracer.pid
        finally:
            tracer.kill()


def test_who_ignores_sigterm_is_killed_with_its_child(engines: Engines) -> None:
    run = engines.start(
        zoo("server", "ignores_sigterm", ends="serves", ready=says("ignoring"), stop=SHORT),
        sh("client-1", "exit 0", needs=(Need("server", "ready"),)),
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0)
    assert result["processes"][0]["signal"] == "SIGKILL"
    assert stages(run, "server") == ["term", "group", "kill"]
    pids = [int(line.split()[-1]) for line in run.log("server").splitlines()]
    assert pids
    assert not any(lives(pid) for pid in pids)


@pytest.mark.parametrize("kind", ["plain", "stubborn"])
def test_a_daemon_that_forked_twice_ends_with_its_process(engines: Engines, kind: str) -> None:
    file = engines.root / "daemon"
    run = engines.start(zoo("client-1", "leaves_a_daemon", str(file), kind, stop=SHORT))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0)
    assert not lives(pid_in(file))
    assert texts(run) == ["client-1 left processes behind when it ended; they were ended"]
    assert stages(run, "client-1") == (["group"] if kind == "plain" else ["group", "kill"])


def test_a_stubborn_daemon_ends_while_the_run_goes_on(engines: Engines) -> None:
    """With its own process, not with the run: hours may lie between."""
    file = engines.root / "daemon"
    run = engines.start(
        zoo("prepare", "leaves_a_daemon", str(file), "stubborn", stop=SHORT),
        sh("client-1", "read line", needs=(Need("prepare", "completed"),)),
    )
    wait_until(lambda: "ready" in run.states("client-1"), what="the next process")
    assert run.states("prepare")[-1] == "done"
    assert not lives(pid_in(file)), "it was still there when the next process began"
    run.ask(do="send", process="client-1", text="go")
    assert run.end()["verdict"] == "ok"


def test_an_incarnation_begins_when_the_whole_tree_of_the_last_has_gone(engines: Engines) -> None:
    file = engines.root / "daemon"
    text = (
        f"if [ -e {file} ]; then kill -0 $(cat {file}) && exit 7; exit 0; fi; "
        f"{sys.executable} {ZOO}/leaves_a_daemon.py {file} stubborn; exit 1"
    )
    run = engines.start(sh("client-1", text, restart=Restart(1, 0.0), stop=SHORT))
    result = run.end()
    assert (result["verdict"], result["processes"][0]["exit_code"]) == ("ok", 0)
    assert run.states("client-1").count("running") == 2


@pytest.mark.parametrize("killed", [False, True])
def test_who_bears_the_runs_name_is_found_although_somebody_else_started_it(
    engines: Engines, killed: bool
) -> None:
    """As the server of a terminal multiplexer does, which is no descendant of the run."""
    run = engines.start(sh("client-1", "sleep 600"))
    run.pid_of("client-1")
    environment = {**os.environ, "FLTUI_RUN": run.name}
    with subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True) as other:
        try:
            if killed:
                os.kill(run.supervisor, signal.SIGKILL)
            else:
                run.ask(do="stop")
            assert run.end()["leftovers"] == []
            assert not lives(other.pid)
        finally:
            other.kill()


def test_a_daemon_of_a_live_process_is_adopted_by_the_supervisor(engines: Engines) -> None:
    file = engines.root / "daemon"
    run = engines.start(
        program(
            "server",
            "/bin/sh",
            "-c",
            f"{sys.executable} {ZOO}/leaves_a_daemon.py {file} plain; sleep 600",
            ends="serves",
        ),
        sh("client-1", "read line"),
    )
    daemon = pid_in(file)
    wait_until(lambda: parent_of(daemon) == run.supervisor, what="the adoption")
    run.ask(do="send", process="client-1", text="go")
    assert run.end()["verdict"] == "ok"
    assert not lives(daemon)


@pytest.mark.parametrize("words", [(), ("bare",), ("orphan",), ("bare", "orphan")])
def test_who_leaves_group_and_session_does_not_escape(engines: Engines, words: tuple[str, ...]) -> None:
    """`bare`: nothing in its environment names the run; `orphan`: its parent ended before."""
    file = engines.root / "escaped"
    run = engines.start(
        zoo("server", "escapes", str(file), *words, ends="serves", ready=says("escaped"), stop=SHORT),
        sh("client-1", "exit 0", needs=(Need("server", "ready"),)),
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["leftovers"]) == ("ok", 0, [])
    assert not lives(pid_in(file))


def test_who_keeps_the_terminal_open_is_ended_and_heard_until_then(engines: Engines) -> None:
    run = engines.start(zoo("client-1", "keeps_the_terminal", stop=SHORT))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0)
    assert b"leader ends\n" in run.log("client-1")
    assert run.log("client-1").count(b"still here\n") >= 5
    assert texts(run) == ["client-1 left processes behind when it ended; they were ended"]


def test_zombies_are_reaped_while_the_run_goes_on(engines: Engines) -> None:
    file = engines.root / "there"
    run = engines.start(zoo("client-1", "leaves_zombies", "40", str(file)))
    wait_until(file.exists)

    def dead_children_of_the_supervisor() -> list[int]:
        table = ProcessTable.read()
        return [pid for pid in table.children(run.supervisor) if not table.entries[pid].lives]

    wait_until(lambda: not dead_children_of_the_supervisor(), what="the reaping of orphans")
    leader = run.pid_of("client-1")
    assert len(ProcessTable.read().children(leader)) == 40  # its own zombies are its own
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["leftovers"]) == ("interrupted", 130, [])


def test_who_stopped_itself_while_writing_is_ended(engines: Engines) -> None:
    run = engines.start(zoo("client-1", "stops_itself", stop=SHORT))
    wait_until(lambda: run.log("client-1").count(b"writing as") == 2, what="both writers")
    pids = [int(line.split()[-1]) for line in run.log("client-1").splitlines()]
    run.ask(do="stop", force=True)
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["leftovers"]) == ("interrupted", 130, [])
    assert not any(lives(pid) for pid in pids)
    assert result["processes"][0]["signal"] == "SIGKILL"


def test_who_is_traced_by_its_own_child_is_killed(engines: Engines) -> None:
    file = engines.root / "traced"
    run = engines.start(zoo("client-1", "traced", str(file), stop=SHORT))
    wait_until(lambda: file.exists() or not lives(run.pid_of("client-1")))
    if not file.exists():
        pytest.skip("this machine does not allow one process to trace another")
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["leftovers"]) == ("interrupted", 130, [])
    assert stages(run, "client-1") == ["term", "group", "kill"]


def test_a_debugger_that_holds_a_dead_process_holds_nobody_else(engines: Engines) -> None:
    """Its exit status is the debugger's until that lets go; the supervisor must not wait for it."""
    run = engines.start(
        zoo("client-1", "never_ready", stop=SHORT), sh("client-2", "echo here; read line; echo $line")
    )
    with debugger(run.pid_of("client-1")):
        run.ask(do="signal", process="client-1", signal="KILL")
        wait_until(lambda: not lives(run.pid_of("client-1")))
        wait_until(lambda: b"here\n" in run.log("client-2"))
        run.ask(do="send", process="client-2", text="still served")
        wait_until(lambda: run.log("client-2").endswith(b"still served\n"))
        result = run.end()
    assert (result["verdict"], result["leftovers"]) == ("failed", [])
    assert result["reason"].startswith("client-1 ")


def test_what_cannot_be_ended_is_named_with_pid_and_command(engines: Engines) -> None:
    """Not even SIGKILL ends a process whose debugger stops it on its way out."""
    run = engines.start(zoo("client-1", "never_ready", stop=Stop(term_s=0.3, group_s=0.3, kill_s=0.5)))
    pid = run.pid_of("client-1")
    wait_until(lambda: b"still loading" in run.log("client-1"))
    with debugger(pid, "exit"):
        run.ask(do="stop")
        result = run.end()
        assert lives(pid)
    assert (result["verdict"], result["exit_code"]) == ("interrupted", 130)
    assert [left["pid"] for left in result["leftovers"]] == [pid]
    assert "never_ready.py" in result["leftovers"][0]["command"]
    assert f"left running: pid {pid} (" in result["reason"]
    wait_until(lambda: not lives(pid))


def test_what_cannot_be_ended_spoils_an_ok(engines: Engines) -> None:
    file = engines.root / "escaped"
    stop = Stop(term_s=0.3, group_s=0.3, kill_s=0.5)
    run = engines.start(
        zoo("server", "escapes", str(file), ends="serves", stop=stop), sh("client-1", "read line")
    )
    pid = pid_in(file)
    with debugger(pid, "exit"):
        run.ask(do="send", process="client-1", text="go")
        result = run.end()
        assert lives(pid)
    assert (result["verdict"], result["exit_code"]) == ("leftovers", 5)
    assert [left["pid"] for left in result["leftovers"]] == [pid]
    assert result["reason"].startswith(f"every process ended as the recipe says; left running: pid {pid} (")
    wait_until(lambda: not lives(pid))


def test_a_process_whose_first_thread_ended_still_lives(engines: Engines) -> None:
    file = engines.root / "headless"
    run = engines.start(zoo("client-1", "headless", str(file), stop=SHORT))
    pid = pid_in(file)
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["leftovers"]) == ("interrupted", [])
    assert result["processes"][0]["signal"] == "SIGTERM"
    assert not lives(pid)


def test_a_descendant_whose_first_thread_ended_does_not_escape(engines: Engines) -> None:
    file = engines.root / "headless"
    run = engines.start(zoo("client-1", "headless", str(file), "child", stop=SHORT))
    pid = pid_in(file)
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["leftovers"]) == ("interrupted", [])
    assert not lives(pid)


def test_who_is_started_by_a_sigterm_handler_does_not_escape(engines: Engines) -> None:
    file = engines.root / "heir"
    run = engines.start(zoo("client-1", "leaves_an_heir", str(file), stop=SHORT))
    wait_until(lambda: b"ready" in run.log("client-1"))
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["leftovers"]) == ("interrupted", [])
    assert not lives(pid_in(file))


def test_two_that_start_each_other_again_are_both_ended(engines: Engines) -> None:
    file = engines.root / "pair"
    run = engines.start(zoo("client-1", "undying_pair", str(file), stop=SHORT))
    wait_until(lambda: b"a pair" in run.log("client-1"))
    run.ask(do="stop")
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["leftovers"]) == ("interrupted", 130, [])
