"""Leaving a run and coming back: the screen stands as it stood, whoever left and however."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_shown
from synthetic_runs import SyntheticRun, held

from fltui.facts.site import state_folder
from fltui.tui.app import FltuiApp
from fltui.tui.kept_layout import KeptLayout, keep_layout, read_layout


@pytest.fixture
def folder(tmp_path: Path, own_site: Path) -> Path:
    return SyntheticRun(tmp_path / "20261124-101500-sst2-ibmfl-k3f9").waiting()


def layouts() -> list[Path]:
    return list((state_folder() / "layouts").glob("*.json"))


async def test_attach_comes_back_with_the_same_layout(folder: Path) -> None:
    with held(folder):
        async with FltuiApp(folder).run_test(size=(200, 50)) as pilot:
            await until_shown(pilot, "STOP")
            await pilot.press("b", "t", "L", "c", "H", "b", "greater_than_sign", "z", "P")
            left = screen_of(pilot).layout_now
            await pilot.press("d")
        assert left.hidden == ["party-2"]
        assert left.order[1:3] == ["party-2", "party-1"]
        async with FltuiApp(folder).run_test(size=(200, 50)) as pilot:
            await until(pilot, lambda: screen_of(pilot).panes, "no panes")
            screen = screen_of(pilot)
            assert screen.layout_now == left
            assert (screen.chosen, screen.zoomed, screen.curve.locals) == ("party-1", True, True)
            assert screen.panes["party-1"].lines.look_of.timed
            assert "party-2" in screen.hidden
            assert screen.has_class("presenting")


async def test_a_lost_terminal_loses_no_layout(folder: Path) -> None:
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "STOP")
            await pilot.press("z")
            await until(pilot, layouts, "nothing was kept while the app ran")
            assert read_layout(folder)[0] == screen_of(pilot).layout_now


async def test_an_audience_starts_from_it_and_writes_nothing(folder: Path) -> None:
    keep_layout(folder, KeptLayout(zoomed=True))
    kept = layouts()[0].read_bytes()
    with held(folder):
        async with FltuiApp(folder, read_only=True).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "STOP")
            assert screen_of(pilot).zoomed
            await pilot.press("z", "b", "q")
    assert layouts()[0].read_bytes() == kept


async def test_nothing_is_written_where_nobody_changed_anything(folder: Path) -> None:
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "STOP")
            await pilot.press("d")
    assert layouts() == []


@pytest.mark.parametrize("bad", ["{", "[]", '{"hidden": 3}', '{"looks": {"aggregator": 1}}'])
async def test_a_bad_file_is_passed_over_with_a_word(folder: Path, bad: str) -> None:
    keep_layout(folder, KeptLayout())
    layouts()[0].write_text(bad)
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 34), notifications=True) as pilot:
            await until_shown(pilot, "the layout kept in")
            assert "STOP" in text_of(pilot)


def test_runs_of_the_same_name_in_two_folders_have_their_own(tmp_path: Path, own_site: Path) -> None:
    keep_layout(tmp_path / "one" / "run", KeptLayout(zoomed=True))
    assert read_layout(tmp_path / "two" / "run") == (None, "")
