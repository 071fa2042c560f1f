"""The supervisor, its guard, or both are killed: nothing of the run lives on, and its folder says so."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engines import Engines, Run, sh, wait_until, zoo
from living import lives, parent_of

from fltui.control.crashed import close_crashed, left_of
from fltui.facts.codec import to_json
from fltui.facts.launch import Launch
from fltui.facts.plan import Check, LaunchPlan, Need, Readiness
from fltui.facts.verdict import Verdict
from fltui.probe.processes import find_by_run
from fltui.record import lock, socket_path
from fltui.record.snapshot import snapshot_of

MOMENTS = 20
AT_ONCE = 5
LONGEST_S = 1.5  # by then all of the tree is there
GONE_S = 10.0


def start(engines: Engines, number: int = 0) -> tuple[Run, Path]:
    """A server, and a client that grows a tree which defies everything; and the folder of its pids."""
    pids = engines.root / f"pids-{number}"
    pids.mkdir()
    run = engines.start(
        sh("server", "echo ready; sleep 600", ready=Readiness((Check("log", line="ready"),), 20)),
        zoo("client-1", "defies_everything", str(pids), needs=(Need("server", "started"),)),
        sh("later", "true", needs=(Need("client-1", "completed"),)),
    )
    return run, pids


def members(pids: Path) -> list[int]:
    return [int(file.suffix[1:]) for file in pids.iterdir()]


def all_there(run: Run, pids: Path) -> bool:
    names = {file.stem for file in pids.iterdir()}
    return names == {"leader", "apart", "bare", "daemon", "stopped", "forks", "forked"}


def alive(run: Run, pids: Path) -> list[int]:
    return [pid for pid in {*members(pids), *find_by_run(run.name)} if lives(pid)]


def assert_ended_well(run: Run, reason: str) -> None:
    end = run.of_kind("end")
    assert len(end) == 1
    assert run.events[-1]["kind"] == "end"
    data = end[0]["data"]
    assert (data["verdict"], data["exit_code"], data["leftovers"]) == ("failed", 1, [])
    assert data["reason"].startswith(reason)
    assert [process["name"] for process in data["processes"]] == ["server", "client-1", "later"]
    assert {process["state"] for process in data["processes"]} <= {"failed", "skipped"}
    assert data["processes"][2]["state"] == "skipped"
    snapshot = snapshot_of(run.folder)
    assert snapshot.result is not None
    assert snapshot.result.reason == data["reason"]
    assert lock.owner(run.folder) is None


@pytest.mark.parametrize("first", range(0, MOMENTS, AT_ONCE))
def test_the_supervisor_is_killed_at_any_moment(engines: Engines, first: int) -> None:
    delays = {number: random.Random(number).uniform(0, LONGEST_S) for number in range(first, first + AT_ONCE)}
    runs = {number: start(engines, number) for number in delays}
    for number, delay in sorted(delays.items(), key=lambda item: item[1]):
        run, _ = runs[number]
        started = run.of_kind("start")[0]["t"]
        time.sleep(max(0.0, started + delay - time.time()))  # the random moment itself
        os.kill(run.supervisor, signal.SIGKILL)
    for run, pids in runs.values():
        wait_until(lambda: not alive(run, pids), GONE_S, "the end of everything")  # noqa: B023
        run.process.wait(30)
        assert run.process.returncode == 1
        assert_ended_well(run, "the supervisor was killed by SIGKILL after ")


def test_the_supervisor_is_killed_when_its_tree_is_at_its_worst(engines: Engines) -> None:
    run, pids = start(engines)
    wait_until(lambda: all_there(run, pids))
    victims = members(pids)
    os.kill(run.supervisor, signal.SIGKILL)
    wait_until(lambda: not alive(run, pids), GONE_S, "the end of everything")
    assert len(victims) >= 7
    assert not any(lives(pid) for pid in victims)
    run.process.wait(30)
    assert_ended_well(run, "the supervisor was killed by SIGKILL after ")


def test_the_supervisor_is_killed_while_it_stops_the_run(engines: Engines) -> None:
    run, pids = start(engines)
    wait_until(lambda: all_there(run, pids))
    run.ask(do="stop")
    wait_until(lambda: run.of_kind("signal"))
    os.kill(run.supervisor, signal.SIGKILL)
    wait_until(lambda: not alive(run, pids), GONE_S, "the end of everything")
    run.process.wait(30)
    assert_ended_well(run, "the supervisor was killed by SIGKILL after ")


def test_an_error_in_the_supervisor_is_no_other_case(engines: Engines) -> None:
    run, pids = start(engines)
    wait_until(lambda: all_there(run, pids))
    os.kill(run.supervisor, signal.SIGABRT)
    wait_until(lambda: not alive(run, pids), GONE_S, "the end of everything")
    run.process.wait(30)
    assert_ended_well(run, "the supervisor was killed by SIGABRT after ")


def test_descendants_of_a_killed_supervisor_come_to_the_guard(engines: Engines) -> None:
    """Nothing but the guard ends these: no name of the run, no session, no parent of it."""
    file = engines.root / "escaped"
    run = engines.start(zoo("client-1", "escapes", str(file), "bare", "orphan"))
    pid = int(wait_until(lambda: file.exists() and file.read_text()))
    wait_until(lambda: parent_of(pid) == run.supervisor, what="its adoption by the supervisor")
    os.kill(run.supervisor, signal.SIGKILL)
    wait_until(lambda: not lives(pid), GONE_S, "the end of the orphan")
    assert run.end()["leftovers"] == []


def test_a_killed_guard_stops_the_run(engines: Engines) -> None:
    run, pids = start(engines)
    wait_until(lambda: all_there(run, pids))
    supervisor = run.supervisor
    os.kill(run.guard, signal.SIGKILL)
    wait_until(lambda: run.of_kind("stop"))
    owner = lock.owner(run.folder)
    assert owner is not None, "the run still lives and must not be taken for a dead one"
    assert owner.pid == supervisor
    wait_until(lambda: run.of_kind("end"), 30, "the end")
    data = run.of_kind("end")[0]["data"]
    # Nobody asked for this end: exit 143 says that somebody's SIGTERM did.
    assert (data["verdict"], data["exit_code"], data["leftovers"]) == ("failed", 1, [])
    assert data["reason"] == "the guard of the run was killed"
    wait_until(lambda: not lives(supervisor))
    assert alive(run, pids) == []


def test_what_lives_on_after_guard_and_supervisor_is_found_and_ended_later(engines: Engines) -> None:
    run, pids = start(engines)
    wait_until(lambda: all_there(run, pids))
    before = find_by_run(run.name)
    os.kill(run.guard, signal.SIGSTOP)  # so that it cannot act in between
    os.kill(run.supervisor, signal.SIGKILL)
    os.kill(run.guard, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: lock.owner(run.folder) is None)
    assert run.of_kind("end") == []
    left = left_of(run.name)
    # The server may be about to die of its hang-up: seen alive here, and gone a moment later.
    assert {item.pid for item in left} <= {*before, *find_by_run(run.name)}
    assert any("defies_everything" in item.command for item in left)
    result = close_crashed(run.folder)
    try:
        assert result.leftovers == ()
        assert left_of(run.name) == []
        assert not (run.folder / socket_path.SOCKET).exists()
        assert_ended_well(run, "the engine was killed or the machine went down after ")
    finally:
        for pid in members(pids):  # the one without a name: nobody can know whose it was
            if lives(pid):
                os.kill(pid, signal.SIGKILL)


def test_simple_children_die_with_guard_and_supervisor(engines: Engines) -> None:
    """The terminal's hang-up and the parent's death reach who does not defy them."""
    run = engines.start(
        sh("hung-up", "trap '' TERM; echo ready; while :; do sleep 0.05; done"),
        sh("told", "trap '' HUP; echo ready; while :; do sleep 0.05; done"),
        sh("plain", "echo ready; sleep 600"),
    )
    names = ("hung-up", "told", "plain")
    children = [run.pid_of(name) for name in names]
    wait_until(lambda: all(b"ready" in run.log(name) for name in names))
    os.kill(run.guard, signal.SIGSTOP)
    os.kill(run.supervisor, signal.SIGKILL)
    os.kill(run.guard, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: not any(lives(pid) for pid in children), GONE_S, "the end of the children")


def test_a_front_end_that_is_killed_before_the_engine_answers_takes_no_detached_run_with_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    plan = LaunchPlan(
        "test/recipe",
        "Test",
        "tests",
        "none",
        f"early-{os.getpid()}",
        str(folder),
        {},
        (sh("one", "echo hi"),),
    )
    ours, theirs = socket.socketpair()
    engine = subprocess.Popen(
        [sys.executable, "-m", "fltui.engine"], stdin=theirs, stdout=theirs, start_new_session=True
    )
    theirs.close()
    ours.sendall(json.dumps(to_json(Launch(plan, owned=False))).encode() + b"\n")
    ours.close()  # nobody will read the answer
    assert engine.wait(40) == 0
    result = snapshot_of(folder).result
    assert result is not None
    assert result.verdict is Verdict.OK
