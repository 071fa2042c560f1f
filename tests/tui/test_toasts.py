"""Words that pass: one of a kind, two at most, five seconds at most, clear of the verdict and the input line."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, until, until_shown
from synthetic_runs import SyntheticRun
from textual.widgets._toast import Toast

from fltui.tui.app import FltuiApp


@pytest.fixture(autouse=True)
def long_toasts() -> None:
    """Here they stay as long as for a user."""


async def test_toasts_are_few_and_cover_neither_verdict_nor_input(tmp_path: Path, own_site: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").failed()
    app = FltuiApp(folder)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "look at party-2")
        for words in ("first", "same", "same", "last"):
            app.screen.notify(words, timeout=60)
        await until(pilot, lambda: [t.message for t in app._notifications] == ["same", "last"], "others")
        assert all(toast.timeout <= 5 for toast in app._notifications)
        await until(pilot, lambda: len(app.screen.query(Toast)) == 2, "no two toasts")
        await until(pilot, lambda: all(toast.size.height for toast in app.screen.query(Toast)), "no place")
        screen = screen_of(pilot)
        assert screen.pane is not None
        for toast in app.screen.query(Toast):
            assert not toast.region.overlaps(screen.verdict.region)
            assert not toast.region.overlaps(screen.pane.input_row.region)
            assert not toast.region.overlaps(screen.header.region)


async def test_brackets_are_shown_as_they_are(tmp_path: Path, own_site: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").failed()
    app = FltuiApp(folder)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "look at party-2")
        app.screen.notify("no [/such] tag, no [bold] word")
        await until_shown(pilot, "no [/such] tag, no [bold] word")
        await pilot.press("ampersand", *"[/x]")
        screen_of(pilot).search_bar.tell("no [/y] in [this] bar")
        await until_shown(pilot, "no [/y] in [this] bar")
        assert app.is_running
    app = FltuiApp(recipes=tmp_path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "recipes")
        await pilot.press("H")
        await until_shown(pilot, "history")
        await pilot.press("slash", *"[/x]<")
        await until_shown(pilot, "[/x]")
        assert app.is_running
