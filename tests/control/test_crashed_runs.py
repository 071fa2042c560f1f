"""Claims about runs whose engine was killed: closing them, and the news of them."""

from __future__ import annotations

import os
import signal

import pytest
from engines import Engines, Run, sh, wait_until

from fltui.control.crashed import close_crashed, left_of
from fltui.control.meanwhile import what_happened
from fltui.probe.processes import find_by_run
from fltui.record.lock import RunOwnedError, owner
from fltui.record.runs import list_runs

# Ignores what a dying supervisor sends, and left its session and its terminal.
STUBBORN = "trap '' TERM HUP; echo up; setsid sh -c \"trap '' TERM HUP; while :; do sleep 0.1; done\""


def lost_run(engines: Engines) -> Run:
    """A run whose guard and supervisor were killed, with something stubborn left of it."""
    run = engines.start(sh("stubborn", STUBBORN))
    wait_until(lambda: b"up" in run.log("stubborn"))
    wait_until(lambda: len(find_by_run(run.name)) >= 2)
    os.kill(run.guard, signal.SIGKILL)
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    return run


def test_closing_a_lost_run_ends_what_it_left_and_writes_its_end(engines: Engines) -> None:
    run = lost_run(engines)
    assert left_of(run.name), "nothing was left, so this test shows nothing"
    result = close_crashed(run.folder)
    assert find_by_run(run.name) == []
    assert (result.verdict, result.exit_code, result.leftovers) == ("failed", 1, ())
    assert "the engine was killed" in result.reason
    assert [(process.name, process.state) for process in result.processes] == [("stubborn", "failed")]
    assert run.events[-1]["kind"] == "end"


@pytest.mark.parametrize("victims", [("guard",), ("supervisor",), ("guard", "supervisor")], ids=" and ".join)
def test_a_run_whose_engine_was_killed_is_told_from_one_that_failed(
    engines: Engines, victims: tuple[str, ...]
) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    run.pid_of("sleeper")
    for victim in victims:
        os.kill(getattr(run, victim), signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    assert close_crashed(run.folder).engine_lost
    assert [entry.engine_lost for entry in list_runs(run.folder.parent)] == [True]
    failed = engines.start(sh("fails", "exit 3"))
    failed.end()
    assert not close_crashed(failed.folder).engine_lost, "it returns the end that is there"


def test_closing_twice_leaves_one_end(engines: Engines) -> None:
    run = lost_run(engines)
    assert close_crashed(run.folder) == close_crashed(run.folder)
    assert len(run.of_kind("end")) == 1


def test_a_live_run_is_not_closed(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    with pytest.raises(RunOwnedError):
        close_crashed(run.folder)
    run.ask(do="stop", force=True)
    run.end()


def test_a_lost_run_is_news_once_with_what_it_left(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fltui.control.meanwhile.STARTING_S", 0.0)
    run = engines.start(sh("stubborn", STUBBORN))
    assert what_happened() == []
    wait_until(lambda: b"up" in run.log("stubborn"))
    wait_until(lambda: len(find_by_run(run.name)) >= 2)
    os.kill(run.guard, signal.SIGKILL)
    os.kill(run.supervisor, signal.SIGKILL)
    wait_until(lambda: owner(run.folder) is None)
    [news] = what_happened()
    assert not news.closed
    assert {left.pid for left in news.leftovers} >= set(find_by_run(run.name))
    assert f"`fltui stop {run.folder.name}` closes it" in news.sentence()
    assert what_happened() == []
    close_crashed(run.folder)


def test_a_run_that_its_guard_finished_is_news_too(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    assert what_happened() == []
    run.pid_of("sleeper")
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    [news] = what_happened()
    assert news.closed
    assert "the supervisor was killed by SIGKILL" in news.sentence()
    assert "still there" not in news.sentence()


def test_an_ordinary_end_and_a_live_run_are_no_news(engines: Engines) -> None:
    engines.start(sh("short", "exit 3")).end()
    live = engines.start(sh("waiter", "read line"))
    assert what_happened() == []
    assert [entry.alive for entry in list_runs()].count(True) == 1
    live.ask(do="send", process="waiter", text="go")
    live.end()


def test_the_caller_s_own_run_is_no_news(engines: Engines) -> None:
    run = engines.start(sh("waiter", "read line"))
    assert what_happened(besides=run.folder.name) == []
    run.ask(do="send", process="waiter", text="go")
    run.end()
