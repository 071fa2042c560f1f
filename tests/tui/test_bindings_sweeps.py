"""The list of sweeps: every key of it, and what it shows of a sweep as it goes on."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from app_pilot import text_of, until, until_shown
from synthetic_runs import SyntheticRun, held
from synthetic_sweeps import cell, write_sweep
from textual.pilot import Pilot

from fltui.facts.site import runs_folder
from fltui.facts.verdict import Verdict
from fltui.study.sweep_folder import CellRecord
from fltui.tui.app import FltuiApp
from fltui.tui.screens.history import HistoryScreen
from fltui.tui.screens.run import RunScreen
from fltui.tui.screens.sweeps import SweepsScreen
from fltui.tui.screens.sweeps_keys import SWEEPS_KEYS

Doing = Callable[[Pilot[int]], Awaitable[None]]
SWEPT = {"def_count": (0.0, 1.0), "strategy": ("fedavg", "fedprox")}
LIVE = "20261124-121500-live-cccc"


def cells() -> list[CellRecord]:
    """Two seeds of four combinations: one failed, one is live, the last has no run."""
    found = [
        cell(
            {"def_count": d, "strategy": s, "seed": n},
            0.4 + 0.3 * d + 0.02 * n + (0.05 if s == "fedprox" else 0),
        )
        for n in (0, 1)
        for d in (0.0, 1.0)
        for s in ("fedavg", "fedprox")
    ]
    found[5] = cell(found[5].values, None, Verdict.FAILED)
    values = found[6].values
    live = CellRecord(found[6].id, values, LIVE, str(runs_folder() / LIVE), started_at=1.8e9)
    return [*found[:6], live, CellRecord(found[7].id, found[7].values)]


async def sweeps(pilot: Pilot[int]) -> SweepsScreen:
    await pilot.pause()
    pilot.app.open_history()  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "no history")
    await pilot.press("s")
    await until(pilot, lambda: isinstance(pilot.app.screen, SweepsScreen), "no sweeps")
    screen = pilot.app.screen
    assert isinstance(screen, SweepsScreen)
    return screen


async def opens(pilot: Pilot[int]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run is shown")
    await until_shown(pilot, "sst2/live")


async def copies(pilot: Pilot[int]) -> None:
    await pilot.press("y")
    assert pilot.app.clipboard == "fltui sweep cifar10/flower"


async def scrolls_down(pilot: Pilot[int]) -> None:
    screen = pilot.app.screen
    assert isinstance(screen, SweepsScreen)
    await until(pilot, lambda: screen.pane.max_scroll_y > 0, "all of it is on the screen")
    assert "mean over the seeds" not in text_of(pilot)
    for _ in range(5):
        await pilot.press("pagedown")
    await until_shown(pilot, "mean over the seeds")
    assert "accuracy against def_count" not in text_of(pilot).splitlines()[-3]


async def scrolls_up(pilot: Pilot[int]) -> None:
    await scrolls_down(pilot)
    for _ in range(5):
        await pilot.press("pageup")
    await until_shown(pilot, "rounds to 0.5")


async def helps(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark")
    await until_shown(pilot, "keys: sweeps")
    assert "PgUp" in text_of(pilot)


async def goes_back(pilot: Pilot[int]) -> None:
    for key in ("escape", "q", "ctrl+c"):
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "it did not go back")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SweepsScreen), "no sweeps")


DOES: dict[str, Doing] = {
    "sweeps.open": opens,
    "sweeps.copy": copies,
    "sweeps.page_up": scrolls_up,
    "sweeps.page_down": scrolls_down,
    "sweeps.help": helps,
    "sweeps.back": goes_back,
}


def test_every_binding_of_the_sweeps_has_a_test() -> None:
    assert DOES.keys() == {key.id for key in SWEEPS_KEYS}


@pytest.mark.parametrize("does", DOES.values(), ids=lambda f: f.__name__)
async def test_the_key_of_the_sweeps_does_what_the_table_says(does: Doing, own_site: Path) -> None:
    run = SyntheticRun(runs_folder() / LIVE, title="sst2/live").waiting()
    write_sweep(cells(), SWEPT)
    with held(run):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await sweeps(pilot)
            await until(pilot, lambda: screen.view is not None and screen._read.live, "the sweep is not read")
            await does(pilot)


@pytest.mark.parametrize("size", [(140, 50), (80, 24)])
async def test_a_sweep_shows_its_table_and_its_curve(own_site: Path, size: tuple[int, int]) -> None:
    run = SyntheticRun(runs_folder() / LIVE, title="sst2/live").waiting()
    write_sweep(cells(), SWEPT)
    with held(run):
        async with FltuiApp().run_test(size=size) as pilot:
            await sweeps(pilot)
            await until_shown(pilot, "6 of 8, 1 failed")
            rows = text_of(pilot).splitlines()
            row = next(row for row in rows if "0.410 ± 0.014" in row)
            assert row.split()[:7] == ["✓", "✓", "0", "fedavg", "2", "of", "2"]
            assert "✓ ✗" in next(row for row in rows if "2, 1 failed" in row)
            assert "✓ ●" in next(row for row in rows if "1 of 2 " in row)
            if size[1] > 40:
                assert "accuracy against def_count" in text_of(pilot)
                assert "b  strategy=fedprox" in text_of(pilot)
            else:
                await pilot.press(*["pagedown"] * 9)
                await until_shown(pilot, "mean over the seeds")
                assert "strategy=fedprox" in text_of(pilot)


async def test_what_does_not_count_is_told_with_the_reason(own_site: Path) -> None:
    write_sweep(cells()[:6], SWEPT)
    async with FltuiApp().run_test(size=(80, 24)) as pilot:
        await sweeps(pilot)
        await until_shown(pilot, "def_count=0 strategy=fedprox seed=1 is not counted: client-2 ended with")


async def test_a_name_that_is_cut_has_a_mark_and_stands_whole_in_the_header(own_site: Path) -> None:
    name = "a-long-name-of-a-recipe-0123456789abcdef"
    write_sweep(cells(), SWEPT, name=name)
    async with FltuiApp().run_test(size=(80, 24)) as pilot:
        await sweeps(pilot)
        await until_shown(pilot, "6 of 8")
        head, _, row, *_ = text_of(pilot).splitlines()
        assert head.rstrip().endswith(name)
        assert "a-long" in row
        assert row.rstrip().endswith("…")


async def test_a_damaged_sweep_stays_in_the_list_and_says_what_to_do(own_site: Path) -> None:
    write_sweep(cells(), SWEPT)
    torn = write_sweep(cells(), SWEPT, name="torn") / "manifest.json"
    torn.write_text('{"cells": [')
    strange = write_sweep(cells(), SWEPT, name="strange") / "manifest.json"
    strange.write_text('{"cells": [{"id": 3}]}')
    for number, path in enumerate((strange, torn)):
        os.utime(path, (4e9 + number, 4e9 + number))
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await sweeps(pilot)
        await until_shown(pilot, "give another --name, or move that file away")
        assert "torn/manifest.json cannot be read" in text_of(pilot).replace("\n", "").replace("  ", "")
        assert text_of(pilot).count("damaged") == 2
        assert "6 of 8" in text_of(pilot)
        await pilot.press("y", "enter", "down")
        await until_shown(pilot, "strange/manifest.json cannot be read: KeyError")
        await pilot.press("down")
        await until_shown(pilot, "accuracy against def_count")


async def test_what_a_sweep_has_done_meanwhile_comes_by_itself(own_site: Path) -> None:
    half = cells()[:4]
    write_sweep([*half[:2], *(CellRecord(one.id, one.values) for one in half[2:])], SWEPT, seeds=(0,))
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        await sweeps(pilot)
        await until_shown(pilot, "2 of 4")
        write_sweep(half, SWEPT, seeds=(0,))
        await until_shown(pilot, "4 of 4")


async def test_without_a_sweep_the_screen_says_how_one_begins(own_site: Path) -> None:
    async with FltuiApp().run_test(size=(100, 24)) as pilot:
        await sweeps(pilot)
        await until_shown(pilot, "no sweeps yet; `fltui sweep RECIPE")
        await pilot.press("enter", "y", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "it did not go back")
