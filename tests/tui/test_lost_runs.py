"""What the run screen says of a run whose engine was killed, or whose folder vanished."""

from __future__ import annotations

import os
import signal

import pytest
from app_pilot import screen_of, text_of, until, until_gone, until_shown
from engines import Engines, Run, sh, wait_until

from fltui.control.crashed import left_of
from fltui.record.lock import owner
from fltui.tui.app import FltuiApp

STUBBORN = "trap '' TERM HUP; echo up; setsid sh -c \"trap '' TERM HUP; while :; do sleep 0.1; done\""
SIZES = [(120, 34), (80, 24)]


def kill_engine(run: Run) -> None:
    """Guard and supervisor at once, by the ids in the run's own start event."""
    start = run.of_kind("start")[0]["data"]
    for name in ("guard", "pid"):
        os.kill(start[name], signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_that_loses_its_engine_says_so_and_is_cleaned_up_by_one_key(
    engines: Engines, size: tuple[int, int]
) -> None:
    run = engines.start(sh("stubborn", STUBBORN))
    wait_until(lambda: b"up" in run.log("stubborn") and len(left_of(run.name)) >= 2)
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        await until_shown(pilot, "● running")
        kill_engine(run)
        await until_shown(pilot, "lost its engine")
        assert "● running" not in text_of(pilot).splitlines()[0]
        await until_shown(pilot, "killed or the machine went down after")
        await until_shown(pilot, f"fltui stop {run.folder.name}")
        header = text_of(pilot).splitlines()[0]
        await pilot.pause(2.2)
        assert text_of(pilot).splitlines()[0] == header, "the clock goes on"
        await pilot.press("S")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "its end was not written")
        await until_gone(pilot, "lost its engine")
    assert left_of(run.name) == []
    assert run.events[-1]["kind"] == "end"


async def test_a_run_that_lost_its_engine_before_opens_as_one_and_an_audience_cleans_nothing(
    engines: Engines,
) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    run.pid_of("sleeper")
    kill_engine(run)
    async with FltuiApp(run.folder, read_only=True).run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "lost its engine")
        await until_shown(pilot, "q leaves")
        assert "cleans up" not in text_of(pilot)
        await pilot.press("S")
        await pilot.pause(0.3)
        assert run.of_kind("end") == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_folder_that_vanishes_is_told_until_it_is_back(
    engines: Engines, size: tuple[int, int]
) -> None:
    run = engines.start(sh("server", "echo up; sleep 60"))
    wait_until(lambda: b"up" in run.log("server"))
    elsewhere = run.folder.with_name("elsewhere")
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        await until_shown(pilot, "● running")
        run.folder.rename(elsewhere)
        await until_shown(pilot, "its folder is gone")
        await until(pilot, lambda: "is not there any more" in " ".join(text_of(pilot).split()), "no sentence")
        elsewhere.rename(run.folder)
        await until_gone(pilot, "its folder is gone")
        await until_shown(pilot, "● running")
