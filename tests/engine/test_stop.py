"""The stop: who begins it, in which order it goes, and what each stage of it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any, Literal

import pytest
from engines import Engines, Run, python, sh, wait_until, watch, zoo
from few_files import few_file_descriptors
from living import lives

from fltui.facts.plan import Check, Need, Readiness, Restart, Step, Stop
from fltui.record import socket_path

READY = Readiness((Check("log", line="ready"),), 20)
SERVES = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
CONSOLE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: print('sigterm came'))
print('ready')
for line in sys.stdin:
    print('did', line.strip())
    if line.strip() == 'STOP':
        break
print('over')
"""
QUICK = Stop(term_s=0.5, group_s=0.5, kill_s=3)


def stages(run: Run, process: str) -> list[str]:
    return [event["data"]["stage"] for event in run.of_kind("signal", process)]


def interrupted(result: dict[str, Any], exit_code: int = 130) -> bool:
    return (result["verdict"], result["exit_code"], result["leftovers"]) == ("interrupted", exit_code, [])


def live_run(engines: Engines, **changes: Any) -> Run:
    run = engines.start(sh("server", SERVES, ready=READY, stop=QUICK), **changes)
    wait_until(lambda: "ready" in run.states("server"))
    return run


# -- order and stages ----------------------------------------------------------------------------


def test_processes_are_stopped_in_reverse_order_of_their_needs(engines: Engines) -> None:
    run = engines.start(
        sh("director", SERVES, ready=READY),
        sh("aggregator", SERVES, ready=READY, needs=(Need("director", "ready"),)),
        *(
            sh(f"client-{number}", SERVES, ready=READY, needs=(Need("aggregator", "started"),))
            for number in (1, 2)
        ),
    )
    for name in ("client-1", "client-2", "aggregator"):
        wait_until(lambda: "ready" in run.states(name))  # noqa: B023
    run.ask(do="stop")
    assert interrupted(run.end())
    order = [(event["process"], event["data"]["state"]) for event in run.of_kind("process")]
    order = [item for item in order if item[1] in ("stopping", "stopped")]
    assert {name for name, _ in order[:4]} == {"client-1", "client-2"}
    assert order[4:] == [
        ("aggregator", "stopping"),
        ("aggregator", "stopped"),
        ("director", "stopping"),
        ("director", "stopped"),
    ]
    assert all(stages(run, name) == ["term"] for name in run_names(run))


@pytest.mark.parametrize("ends", ["completes", "serves"])
@pytest.mark.parametrize("by", ["a person", "the deadline", "a failure"])
def test_who_is_ended_before_the_federation_was_through_is_stopped_and_not_done(
    engines: Engines, by: str, ends: Literal["completes", "serves"]
) -> None:
    go = engines.root / "go"
    run = engines.start(
        sh("first", "true"),
        sh("polite", SERVES, ready=READY, ends=ends),
        sh("rude", "echo ready; exec sleep 600", ready=READY, ends=ends),
        sh("fails", f"while [ ! -e {go} ]; do sleep 0.02; done; exit 3"),
        watch=watch(deadline_s=3.0 if by == "the deadline" else 60.0),
    )
    wait_until(lambda: "ready" in run.states("polite") and "ready" in run.states("rude"))
    wait_until(lambda: "done" in run.states("first"))
    if by == "a person":
        run.ask(do="stop")
    elif by == "a failure":
        go.touch()
    ended = {process["name"]: process for process in run.end()["processes"]}
    assert run.states("polite")[-1] == ended["polite"]["state"] == "stopped"
    assert run.states("rude")[-1] == ended["rude"]["state"] == "stopped"
    assert (ended["polite"]["exit_code"], ended["rude"]["signal"]) == (0, "SIGTERM")
    assert ended["first"]["state"] == "done"
    assert ended["fails"]["state"] == ("failed" if by == "a failure" else "stopped")


def test_who_serves_is_done_when_the_federation_is_through_unless_it_had_to_be_killed(
    engines: Engines,
) -> None:
    run = engines.start(
        sh("rude", "echo ready; exec sleep 600", ready=READY, ends="serves"),
        sh(
            "deaf",
            "trap '' TERM; echo ready; while :; do sleep 0.05; done",
            ready=READY,
            ends="serves",
            stop=QUICK,
        ),
        sh("client-1", "true", needs=(Need("rude", "ready"), Need("deaf", "ready"))),
    )
    result = run.end()
    assert result["verdict"] == "ok"
    assert [process["state"] for process in result["processes"]] == ["done", "stopped", "done"]


def run_names(run: Run) -> set[str]:
    return {event["process"] for event in run.of_kind("process")}


def test_the_polite_line_of_a_recipe_comes_first_and_may_be_enough(engines: Engines) -> None:
    run = engines.start(
        python("server", CONSOLE, ends="serves", ready=READY, stop=Stop(send="STOP", polite_s=20)),
        sh("client-1", "true", needs=(Need("server", "ready"),)),
    )
    assert run.end()["verdict"] == "ok"
    assert stages(run, "server") == ["polite"]
    assert run.log("server") == b"ready\nSTOP\ndid STOP\nover\n"
    assert run.of_kind("input")[0]["data"]["by"] == "stop"


def test_the_polite_command_of_a_recipe_comes_first_and_may_be_enough(engines: Engines) -> None:
    flag = engines.root / "flag"
    run = engines.start(
        sh(
            "server",
            f"echo ready; while [ ! -e {flag} ]; do sleep 0.05; done; echo over",
            ends="serves",
            ready=READY,
            stop=Stop(run=("/bin/sh", "-c", f"echo asking; touch {flag}"), polite_s=20),
        ),
        sh("client-1", "true", needs=(Need("server", "ready"),)),
    )
    assert run.end()["verdict"] == "ok"
    assert stages(run, "server") == ["polite"]
    assert run.log("server.stop") == b"asking\n"
    assert run.log("server") == b"ready\nover\n"


def test_who_does_not_heed_the_polite_line_is_sent_sigterm(engines: Engines) -> None:
    stop = Stop(send="PLEASE", polite_s=0.4, term_s=20)
    run = engines.start(
        sh("server", SERVES, ends="serves", ready=READY, stop=stop),
        sh("client-1", "true", needs=(Need("server", "ready"),)),
    )
    assert run.end()["verdict"] == "ok"
    assert stages(run, "server") == ["polite", "term"]
    assert run.log("server").endswith(b"asked\n")


def test_a_polite_line_that_nobody_can_read_is_said_and_passed_over(engines: Engines) -> None:
    run = engines.start(sh("server", SERVES, ready=READY, stdin="null", stop=Stop(send="STOP", polite_s=20)))
    wait_until(lambda: "ready" in run.states("server"))
    run.ask(do="stop")
    assert interrupted(run.end())
    assert stages(run, "server") == ["polite", "term"]
    assert "the polite stop was not sent: server has no standard input" in str(run.of_kind("note"))


def test_sigterm_goes_to_the_leader_first_who_may_end_its_children_itself(engines: Engines) -> None:
    """A second SIGTERM to its group would have hit the worker while the leader cleans up."""
    text = (
        "(trap 'echo group >> asked' TERM; touch there; while :; do sleep 0.05; done) & worker=$!; "
        "trap 'sleep 0.3; kill -9 $worker; echo cleaned; exit 0' TERM; "
        "while [ ! -e there ]; do sleep 0.02; done; echo ready; while :; do sleep 0.05; done"
    )
    run = engines.start(sh("server", text, ready=READY, cwd=engines.root, stop=Stop(term_s=20)))
    wait_until(lambda: "ready" in run.states("server"))
    run.ask(do="stop")
    assert interrupted(run.end())
    assert run.log("server").endswith(b"cleaned\n")
    assert not (engines.root / "asked").exists()
    assert stages(run, "server")[0] == "term"


def test_the_rest_of_the_group_is_asked_before_it_is_killed(engines: Engines) -> None:
    text = (
        "trap '' HUP; (trap 'echo worker cleans up; exit 0' TERM; echo ready; while :; do sleep 0.05; done) & "
        "wait"
    )
    run = engines.start(sh("server", text, ready=READY, stop=Stop(group_s=20)))
    wait_until(lambda: "ready" in run.states("server"))
    run.ask(do="stop")
    assert interrupted(run.end())
    assert b"worker cleans up\n" in run.log("server")
    assert stages(run, "server") == ["term", "group"]


def test_who_is_stopped_goes_on_to_clean_up(engines: Engines) -> None:
    """The leader, and one that left its group and its session."""
    run = engines.start(zoo("client-1", "stops_itself", stop=Stop(term_s=60, group_s=60)))
    wait_until(lambda: run.log("client-1").count(b"writing as") == 2, what="both writers")
    pids = [int(line.split()[-1]) for line in run.log("client-1").splitlines()]
    wait_until(lambda: all(state_of(pid) == "T" for pid in pids), what="that both have stopped")
    run.ask(do="stop")
    result = run.end()
    assert interrupted(result)
    assert run.log("client-1").count(b"cleaned up\n") == 2
    assert stages(run, "client-1") == ["term", "group"]
    assert not any(lives(pid) for pid in pids)


def state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_what_its_leader_leaves_gets_a_moment_to_follow(engines: Engines) -> None:
    """A worker that is still saving when its leader has ended is no leftover."""
    run = engines.start(sh("client-1", "trap '' HUP; (sleep 0.5; echo saved) & exit 0"))
    assert run.end()["verdict"] == "ok"
    assert run.log("client-1") == b"saved\n"
    assert stages(run, "client-1") == []
    assert run.of_kind("note") == []


# -- who begins it -------------------------------------------------------------------------------


def test_a_run_whose_owner_leaves_is_stopped(engines: Engines) -> None:
    run = live_run(engines, owned=True)
    run.own().close()
    result = run.end()
    assert interrupted(result)
    assert result["reason"] == "its front end ended"
    assert run.log("server").endswith(b"asked\n")


def test_a_run_whose_front_end_is_killed_is_stopped(engines: Engines) -> None:
    run = live_run(engines, owned=True)
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom fltui.control.client import Supervisor\n"
        "supervisor = Supervisor.connect(Path(sys.argv[1]))\nsupervisor.own()\n"
        "print('mine', flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.folder)], stdout=subprocess.PIPE, text=True
    ) as front_end:
        assert front_end.stdout is not None
        assert front_end.stdout.readline() == "mine\n"
        front_end.kill()
    result = run.end()
    assert interrupted(result)
    assert result["reason"] == "its front end ended"


def test_a_run_whose_owner_never_comes_is_stopped(engines: Engines) -> None:
    run = engines.start(sh("server", SERVES, ready=READY, stop=QUICK), owned=True, owner_s=0.5)
    result = run.end()
    assert interrupted(result)
    assert result["reason"] == "its front end ended"


def test_a_detached_run_goes_on_when_its_owner_leaves(engines: Engines) -> None:
    run = live_run(engines, owned=True, owner_s=0.5)
    connection = run.own()
    connection.sendall(b'{"do": "detach"}\n')
    connection.recv(4096)
    connection.close()
    began = time.monotonic()
    wait_until(
        lambda: time.monotonic() - began > 1.0 and run.ask(do="status")["state"] in ("running", "starting")
    )
    run.ask(do="stop", by="person", reason="enough")
    result = run.end()
    assert interrupted(result)
    assert result["reason"] == "enough"


def test_who_only_looks_does_not_own(engines: Engines) -> None:
    run = live_run(engines)
    run.ask(do="status")
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > 0.5 and run.ask(do="status")["ok"])
    run.ask(do="stop")
    assert interrupted(run.end())


@pytest.mark.parametrize("target", ["guard", "supervisor"])
def test_sigterm_to_the_engine_stops_the_run(engines: Engines, target: str) -> None:
    run = live_run(engines)
    os.kill(run.guard if target == "guard" else run.supervisor, signal.SIGTERM)
    result = run.end()
    assert interrupted(result, 143)
    assert result["reason"] == "the supervisor got SIGTERM"
    assert run.process.returncode == 143


def test_ctrl_c_at_a_terminal_is_the_front_ends_affair(engines: Engines) -> None:
    """It tells the supervisor, which then ends with its signal's exit code."""
    run = live_run(engines)
    os.kill(run.guard, signal.SIGINT)
    run.ask(do="stop", signal="SIGINT", reason="Ctrl-C")
    result = run.end()
    assert interrupted(result, 130)
    assert result["reason"] == "Ctrl-C"


# -- hurry ---------------------------------------------------------------------------------------


def test_a_forced_stop_kills_at_once(engines: Engines) -> None:
    run = engines.start(
        sh("server", SERVES, ready=READY, stop=Stop(send="x", polite_s=60, term_s=60)),
        zoo("client-1", "ignores_sigterm", needs=(Need("server", "ready"),), stop=Stop(term_s=60)),
    )
    wait_until(lambda: run.log("client-1").count(b"ignoring") == 2)
    run.ask(do="stop", force=True)
    result = run.end(15)
    assert interrupted(result)
    assert [process["signal"] for process in result["processes"]] == ["SIGKILL", "SIGKILL"]
    assert (stages(run, "server"), stages(run, "client-1")) == (["kill"], ["kill"])
    assert run.of_kind("input") == []


def test_a_stop_that_comes_while_the_run_ends_interrupts_it(engines: Engines) -> None:
    patient = Stop(term_s=30, group_s=0.5, kill_s=3)
    endless = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    deaf = sh("server", endless, ready=READY, stop=patient, ends="serves")
    run = engines.start(deaf, sh("client", "exit 0", needs=(Need("server", "ready"),)))
    wait_until(lambda: "stopping" in run.states("server"))
    run.ask(do="stop", reason="no more patience", signal="SIGINT", force=True)
    result = run.end()
    assert interrupted(result)
    assert result["reason"] == "no more patience"
    assert [event["data"]["reason"] for event in run.of_kind("stop")] == [
        "the federation came to its end",
        "no more patience",
    ]


def test_a_second_forced_stop_overtakes_a_patient_one(engines: Engines) -> None:
    run = engines.start(zoo("client-1", "ignores_sigterm", stop=Stop(term_s=60)))
    wait_until(lambda: run.log("client-1").count(b"ignoring") == 2)
    run.ask(do="stop", reason="first")
    wait_until(lambda: stages(run, "client-1") == ["term"])
    run.ask(do="stop", reason="second", force=True)
    result = run.end(15)
    assert interrupted(result)
    assert result["reason"] == "first"
    assert stages(run, "client-1") == ["term", "kill"]


# -- what must not happen meanwhile ---------------------------------------------------------------


def test_no_step_is_done_any_more_once_the_stop_began(engines: Engines) -> None:
    run = engines.start(
        python(
            "server",
            CONSOLE.replace("break", "print('wait for it')"),
            ready=READY,
            stop=Stop(send="STOP", polite_s=1.0, term_s=0.5, group_s=0.5),
            steps=(Step("wait", "line", line="wait for it"), Step("send", "more", text="MORE")),
        )
    )
    wait_until(lambda: "ready" in run.states("server"))
    run.ask(do="stop")
    result = run.end()
    assert interrupted(result)
    assert b"wait for it" in run.log("server")
    assert [event["data"]["text"] for event in run.of_kind("input")] == ["STOP"]
    assert [step["state"] for step in result["steps"]] == ["failed", "pending"]


def test_nothing_is_started_any_more_once_the_stop_began(engines: Engines) -> None:
    run = engines.start(
        sh("prepare", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"),
        sh("server", "sleep 600", needs=(Need("prepare", "completed"),)),
        sh("flaky", "exit 1", restart=Restart(5, 600)),
    )
    wait_until(lambda: b"ready" in run.log("prepare") and "pending" in run.states("flaky"))
    run.ask(do="stop")
    result = run.end()
    assert interrupted(result)
    assert run.states("server") == ["skipped"]
    assert run.states("flaky")[-1] == "skipped"


def test_a_run_can_be_stopped_before_its_first_child_is_itself(engines: Engines) -> None:
    run = engines.start(sh("server", "echo never mind; sleep 600"))
    run.ask(do="stop")
    assert interrupted(run.end())


def test_a_stop_command_that_outlives_its_process_is_ended(engines: Engines) -> None:
    """It is the supervisor's own child too: nobody else may reap it."""
    flag = engines.root / "flag"
    run = engines.start(
        sh(
            "server",
            f"echo ready; while [ ! -e {flag} ]; do sleep 0.02; done",
            ready=READY,
            stop=Stop(
                run=("/bin/sh", "-c", f"trap 'exit 3' TERM; touch {flag}; while :; do sleep 0.05; done"),
                polite_s=60,
            ),
        )
    )
    wait_until(lambda: "ready" in run.states("server"))
    run.ask(do="stop")
    result = run.end(15)
    assert interrupted(result)
    assert result["reason"] == "stopped by person"


def test_a_readiness_command_under_way_is_ended_with_its_process(engines: Engines) -> None:
    flag = engines.root / "flag"
    check = Check("command", argv=("/bin/sh", "-c", f"touch {flag}; sleep 600"))
    run = engines.start(
        sh("server", f"while [ ! -e {flag} ]; do sleep 0.02; done; exit 5", ready=Readiness((check,), 60))
    )
    result = run.end(15)
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith("server ended with exit code 5 at ")


@pytest.mark.parametrize("free", range(6))
def test_a_stop_begun_with_few_file_descriptors_is_finished_with_more(engines: Engines, free: int) -> None:
    """A process that left the group and ignores SIGTERM: every stage of the stop has somebody to look for."""
    shell = "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo out; while :; do sleep 0.05; done' & echo ready; wait"
    run = engines.start(sh("one", shell, ready=READY, stop=Stop(term_s=0.3, group_s=0.3, kill_s=20)))
    wait_until(lambda: "ready" in run.states("one") and b"out" in run.log("one"))
    wait_until(lambda: (run.folder / "control.sock").exists())
    with socket_path.connect(run.folder) as connection, connection.makefile("rb") as answers:
        connection.sendall(b'{"do": "status"}\n')
        answers.readline()
        with few_file_descriptors(run.supervisor, free):
            connection.sendall(b'{"do": "stop"}\n')
            assert answers.readline()
            wait_until(lambda: "kill" in stages(run, "one"))
    assert interrupted(run.end(), 130)
