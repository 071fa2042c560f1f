"""What a crashed supervisor left is told at the next start of the app, and offered for clean-up."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from app_pilot import text_of, until, until_shown
from engines import Engines, Run, sh, wait_until
from textual.pilot import Pilot

from fltui.control.crashed import left_of
from fltui.record.lock import owner
from fltui.record.runs import list_runs
from fltui.tui.app import FltuiApp
from fltui.tui.leftovers import look
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.run import RunScreen

STUBBORN = "trap '' TERM HUP; echo up; setsid sh -c \"trap '' TERM HUP; while :; do sleep 0.1; done\""


@pytest.fixture(autouse=True)
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of this second may be one that begins; these have begun."""
    monkeypatch.setattr("fltui.control.meanwhile.STARTING_S", 0.0)
    monkeypatch.setattr("fltui.tui.leftovers.STARTING_S", 0.0)


def lost(engines: Engines) -> Run:
    """Guard and supervisor were killed at once; a process of the run lives on."""
    run = engines.start(sh("stubborn", STUBBORN))
    wait_until(lambda: b"up" in run.log("stubborn") and len(left_of(run.name)) >= 2)
    os.kill(run.guard, signal.SIGKILL)
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    return run


@pytest.mark.parametrize("size", [(120, 34), (80, 24)])
async def test_what_is_left_is_named_and_cleaned_up_by_one_key(
    engines: Engines, size: tuple[int, int]
) -> None:
    run = lost(engines)
    pids = [item.pid for item in left_of(run.name)]
    assert pids, "nothing was left, so this test shows nothing"
    async with FltuiApp().run_test(size=size) as pilot:
        await until_shown(pilot, "lost its engine")
        await until_shown(pilot, run.folder.name)
        assert any(f"pid {pid}" in text_of(pilot) for pid in pids)
        assert "sleep 0.1" in text_of(pilot), "the command is not named"
        await pilot.press("c")
        await until(pilot, lambda: not left_of(run.name), "it lives on")
        await until(pilot, lambda: list_runs()[0].verdict is not None, "it has no end")
    assert run.events[-1]["kind"] == "end"


async def test_what_is_left_alone_is_offered_again_at_the_next_start(engines: Engines) -> None:
    run = lost(engines)
    for _ in range(2):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "lost its engine")
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(pilot.app.screen, Ask), "the question stays")
    assert left_of(run.name), "Esc ended something"
    assert list_runs()[0].crashed


def _told(pilot: Pilot[int], words: str) -> bool:
    return any(words in note.message for note in pilot.app._notifications)


async def test_who_types_already_is_told_in_passing(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = lost(engines)
    typed = threading.Event()

    def late() -> object:
        typed.wait(20)
        return look()

    monkeypatch.setattr("fltui.tui.screens.browser_leftovers.look", late)
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await pilot.press("slash", "f", "l")
        typed.set()
        await until(pilot, lambda: _told(pilot, "lost their engine"), "it was not told")
        assert not isinstance(pilot.app.screen, Ask), "a question takes the keys of somebody who types"
    assert left_of(run.name)


async def test_a_run_that_its_guard_ended_is_told_once_and_opens(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    run.pid_of("sleeper")
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    assert run.end()["verdict"] != "ok"
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "the supervisor was killed")
        assert "clean up" not in text_of(pilot)
        assert "no process of it lives" in text_of(pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it is not opened")
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "recipes")
        await pilot.pause(1.0)
        assert not isinstance(pilot.app.screen, Ask), "it is told again"


async def test_nothing_is_asked_where_nothing_happened(engines: Engines) -> None:
    engines.start(sh("server", "echo hello")).end()
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "recipes")
        await pilot.pause(1.0)
        assert not isinstance(pilot.app.screen, Ask)
