"""Every key of the history, pressed, and what it does seen. Whole deletions, exports and reruns: test_history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from app_pilot import until, until_shown
from synthetic_runs import SyntheticRun
from textual.pilot import Pilot

from fltui.facts.site import runs_folder
from fltui.record.runs import list_runs
from fltui.tui.app import FltuiApp
from fltui.tui.screens.browser import BrowserScreen
from fltui.tui.screens.history import HistoryScreen
from fltui.tui.screens.history_keys import HISTORY_KEYS
from fltui.tui.screens.replay import ReplayScreen
from fltui.tui.screens.run import RunScreen
from fltui.tui.screens.sweeps import SweepsScreen

Doing = Callable[[Pilot[int], HistoryScreen], Awaitable[None]]
GOOD, BAD = "20261124-111500-good-aaaa", "20261124-101500-bad-bbbb"


def shown(screen: HistoryScreen) -> list[str]:
    return [row.entry.name for row in screen._shown]


async def opens(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run is shown")
    await until_shown(pilot, "sst2/good")


async def moves(pilot: Pilot[int], screen: HistoryScreen) -> None:
    for up, down in (("k", "j"), ("up", "down")):
        for key, row in ((down, 1), (down, 1), (up, 0), (up, 0)):
            await pilot.press(key)
            await until(pilot, lambda row=row: screen.table.cursor_row == row, f"after {key}")


async def replays(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen), "no replay")


async def says_why_it_cannot_run_again(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await until(pilot, lambda: screen.facts is not None, "no facts")
    await pilot.press("R")
    await until_shown(pilot, "cannot be run again")


async def filters(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("slash", *"bad")
    await until(pilot, lambda: shown(screen) == [BAD], "the filter leaves others")


async def sorts(pilot: Pilot[int], screen: HistoryScreen) -> None:
    newest = "20261124-121500-new-cccc"  # it ended early, so it is the newest and first in nothing else
    SyntheticRun(runs_folder() / newest, title="sst2/new").failed()
    await until(pilot, lambda: shown(screen)[0] == newest and len(shown(screen)) == 3, "it is not listed")
    for told in ("by accuracy, best first", "by took, longest first", "by size, largest first"):
        await pilot.press("o")
        await until_shown(pilot, told)
        assert shown(screen)[0] == GOOD, told
    await pilot.press("o")
    assert shown(screen)[0] == newest


async def leaves_only_live_ones(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("l")
    await until(pilot, lambda: shown(screen) == [], "runs that have ended are listed")
    await pilot.press("l")
    await until(pilot, lambda: len(shown(screen)) == 2, "they do not come back")


async def marks(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("space")
    assert screen.marked == {GOOD}
    await pilot.press("space")
    assert screen.marked == set()


async def deletes(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("delete")
    await until_shown(pilot, f"Delete {GOOD}?")
    await pilot.press("escape", "D")
    await until_shown(pilot, f"Delete {GOOD}?")
    await pilot.press("y")
    await until(pilot, lambda: [run.name for run in list_runs()] == [BAD], "it is still there")


async def exports(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("x", "enter")
    await until(pilot, lambda: list(Path.cwd().glob(f"{GOOD}*")), "no file was written")


async def says_what_there_is_to_clean(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("c")
    notes = pilot.app._notifications
    await until(pilot, lambda: any("nothing to clean up" in note.message for note in notes), "not told")


async def copies(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("y")
    assert pilot.app.clipboard == GOOD


async def shows_sweeps(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("s")
    await until(pilot, lambda: isinstance(pilot.app.screen, SweepsScreen), "no sweeps")


async def helps(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("question_mark")
    await until_shown(pilot, "keys: history")


async def goes_back(pilot: Pilot[int], screen: HistoryScreen) -> None:
    await pilot.press("q")
    await until(pilot, lambda: isinstance(pilot.app.screen, BrowserScreen), "it did not go back")
    await pilot.press("H")
    await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "no history")
    await pilot.press("escape")
    await until(pilot, lambda: isinstance(pilot.app.screen, BrowserScreen), "it did not go back")


DOES: dict[str, Doing] = {
    "history.open": opens,
    **dict.fromkeys(("history.up", "history.down"), moves),
    "history.replay": replays,
    "history.again": says_why_it_cannot_run_again,
    "history.filter": filters,
    "history.sort": sorts,
    "history.live": leaves_only_live_ones,
    "history.mark": marks,
    "history.delete": deletes,
    "history.export": exports,
    "history.clean": says_what_there_is_to_clean,
    "history.copy": copies,
    "history.sweeps": shows_sweeps,
    "history.help": helps,
    "history.back": goes_back,
}


def test_every_binding_of_the_history_has_a_test() -> None:
    assert DOES.keys() == {key.id for key in HISTORY_KEYS}


@pytest.mark.parametrize(
    "does", sorted(set(DOES.values()), key=lambda f: f.__name__), ids=lambda f: f.__name__
)
async def test_the_key_of_the_history_does_what_the_table_says(
    does: Doing, own_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # an export lands in the present folder
    SyntheticRun(runs_folder() / BAD, title="sst2/bad").failed()
    SyntheticRun(runs_folder() / GOOD, title="sst2/good").whole()
    async with FltuiApp().run_test(size=(120, 34), notifications=True) as pilot:
        await pilot.pause()
        pilot.app.open_history()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "no history")
        screen = pilot.app.screen
        assert isinstance(screen, HistoryScreen)
        await until(pilot, lambda: len(shown(screen)) == 2, "the runs are not listed")
        await does(pilot, screen)
