"""A run that waits says for what: in the pane of a pending process, in the header, in the panel of a stall."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from app_pilot import text_of, until, until_gone, until_shown
from engines import Engines, python, sh, watch
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot

from fltui.facts.plan import Need, Step
from fltui.record.manifest import read_manifest, update_manifest
from fltui.tui.app import FltuiApp
from fltui.tui.numbers import time_of_day


async def test_the_empty_pane_and_the_row_of_a_pending_process_say_what_it_waits_for(
    engines: Engines, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run = engines.start(
        sh("prepare", f"until [ -e {data} ]; do sleep 0.1; done", role="tool"),
        sh("server", "echo serves; sleep 60", needs=(Need("prepare", "completed"),)),
        watch=watch(stall_s=60.0),
    )
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await pilot.press("b")
        await until_shown(pilot, "waits for prepare to complete")
        await pilot.press("H")
        await until(
            pilot, lambda: row_of("server", pilot).endswith("waits for prepare to complete"), "no row"
        )
        data.touch()
        await pilot.press("b")
        await until_shown(pilot, "serves")
        await until_gone(pilot, "waits for prepare to complete")
    run.ask(do="stop")
    run.end()


async def test_the_row_of_a_process_says_that_its_step_waits_for_you(engines: Engines) -> None:
    step = Step("send", "go", text="GO", mode="confirm")
    server = python("server", "print(input())", steps=(step,), role="server")
    run = engines.start(server, sh("client", "exec sleep 60"), headless=False)
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "step 1 of 1")
        await pilot.press("b")
        await until(
            pilot,
            lambda: row_of("server", pilot).split("  cpu")[0].endswith("waits for you: send GO"),
            "no row",
        )
    run.ask(do="stop")
    run.end()


async def test_pane_row_and_n_say_which_line_a_step_that_was_sent_waits_for(engines: Engines) -> None:
    step = Step("send", "go", text="START", until="server started", timeout_s=90)
    server = python("server", "input()\nimport time\ntime.sleep(60)", steps=(step,), role="server")
    run = engines.start(server, sh("client", "exec sleep 60"))
    says = 'sent START, until "server started"  00:0'
    async with FltuiApp(run.folder).run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: says in text_of(pilot).splitlines()[1], "not in the pane's title")
        assert " of 01:30 " in text_of(pilot).splitlines()[1]
        await pilot.press("n")
        await until_shown(pilot, "nothing waits for you; server: sent START")
        await pilot.press("b")
        await until(pilot, lambda: says in row_of("server", pilot), "not in its row")
    run.ask(do="stop")
    run.end()


async def test_a_process_that_a_stop_signal_holds_is_held_until_it_goes_on(engines: Engines) -> None:
    run = engines.start(sh("server", "exec sleep 60", role="server"), sh("client", "exec sleep 60"))
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        for key, shown in (
            ("a", lambda word: word in row_of("client", pilot)),
            ("b", lambda word: word in text_of(pilot).splitlines()[1]),
        ):
            await pilot.press(key)
            await until(pilot, lambda shown=shown: shown(" ready"), "it is not ready")
            os.kill(run.pid_of("client"), signal.SIGSTOP)
            await until(pilot, lambda shown=shown: shown(" held "), f"it is not held: {key}")
            os.kill(run.pid_of("client"), signal.SIGCONT)
            await until(pilot, lambda shown=shown: shown(" ready"), f"it is still held: {key}")
    run.ask(do="stop")
    run.end()


def row_of(process: str, pilot: Pilot[int]) -> str:
    rows = (line.split("│")[0].rstrip() for line in text_of(pilot).splitlines())
    return next((row for row in rows if row.split()[1:2] == [process]), "")


async def test_the_header_of_a_starting_run_says_that_clients_are_awaited(tmp_path: Path) -> None:
    run = SyntheticRun(tmp_path / "run")
    run.writer.event("start", pid=1)
    run.writer.event("run", state="starting")
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "waits for clients: 0 of 3")
            run.writer.event("clients", connected=2, planned=3)
            await until_shown(pilot, "waits for clients: 2 of 3")
            run.writer.event("clients", connected=3, planned=3)
            run.round(1)
            await until_shown(pilot, "clients 3/3")


async def test_a_stall_says_since_when_and_what_was_seen_last(tmp_path: Path) -> None:
    run = SyntheticRun(tmp_path / "run")
    run.begin()
    run.round(1)
    run.clock.t += 60
    run.writer.event("run", state="stalled", reason="2 of 3 clients connected")
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
            await until(
                pilot, lambda: "stalled  2 of 3 clients connected  since " in text_of(pilot), "no stall"
            )
            assert "last seen: round 1 was done at " in " ".join(text_of(pilot).split())


@pytest.mark.parametrize("headless", [True, False])
async def test_a_stalled_run_that_nobody_started_in_the_app_says_when_it_is_ended(
    tmp_path: Path, headless: bool
) -> None:
    run = SyntheticRun(tmp_path / "run")
    update_manifest(run.folder, headless=headless)
    run.begin()
    run.clock.t += 60
    run.writer.event("run", state="stalled", reason="2 of 3 clients connected")
    plan = read_manifest(run.folder)["plan"]
    ends = time_of_day(run.clock.t + plan["watch"]["stall_s"])
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "it goes on by itself when there is progress")
            shown = " ".join(text_of(pilot).split())
            assert (f", else `--run` ends it at {ends}" in shown) is headless, shown
