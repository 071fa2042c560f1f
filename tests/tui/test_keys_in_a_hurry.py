"""Keys that were queued before a screen changed, as on a slow line: they never act twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, until, until_shown
from synthetic_runs import SyntheticRun, held
from textual import events
from textual.pilot import Pilot

from fltui.tui.app import FltuiApp
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.history import HistoryScreen


def type_at_once(pilot: Pilot[int], *keys: str) -> None:
    """All keys are in the queue of the present screen before the first one acts."""
    for key in keys:
        pilot.app.screen.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_help_closed_twice_leaves_the_run_on_the_screen(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "3 of 3 rounds")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "no help")
        type_at_once(pilot, "q", "question_mark", "escape", "enter")
        await pilot.pause(0.3)
        assert pilot.app.screen is screen_of(pilot)


async def test_a_question_is_answered_once(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").waiting()
    with held(folder):
        async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
            await until_shown(pilot, "STOP")
            await pilot.press("q")
            await until(pilot, lambda: isinstance(pilot.app.screen, Ask), "nobody was asked")
            type_at_once(pilot, "escape", "escape", "escape")
            await pilot.pause(0.3)
            assert pilot.app.screen is screen_of(pilot)
            assert pilot.app.is_running


@pytest.mark.usefixtures("own_site")
async def test_leaving_twice_goes_back_once(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    app = FltuiApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        app.open_history()
        app.open_run(folder)
        await until_shown(pilot, "3 of 3 rounds")
        left = screen_of(pilot)
        for _ in range(3):  # what a queued `q` of that screen does
            left.action_leave()
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen), "it did not go back")
        await pilot.pause(0.3)
        assert isinstance(app.screen, HistoryScreen)
