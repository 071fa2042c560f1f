"""The history: what it lists, filters, deletes, exports, runs again and cleans up."""

from __future__ import annotations

import os
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_pilot import text_of, until, until_gone, until_shown
from engines import Engines, sh, wait_until
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot

from fltui.control.crashed import left_of
from fltui.facts.site import runs_folder
from fltui.facts.verdict import Verdict
from fltui.record.lock import owner
from fltui.record.runs import RunEntry, list_runs
from fltui.tui.app import FltuiApp
from fltui.tui.consent import agree
from fltui.tui.run_filter import FilterError, Row, parse
from fltui.tui.screens.history import HistoryScreen
from fltui.tui.screens.replay import ReplayScreen
from fltui.tui.screens.run import RunScreen
from fltui.tui.start_run import Starting

GOOD, BAD, LIVE = "20261124-101500-good-aaaa", "20261124-111500-bad-bbbb", "20261124-121500-live-cccc"


@pytest.fixture
def three(own_site: Path) -> Path:
    """A good run, a failed one, and one that has no end (alive for whoever holds its lock)."""
    SyntheticRun(runs_folder() / GOOD, title="sst2/good").whole()
    SyntheticRun(runs_folder() / BAD, title="sst2/bad").failed()
    return SyntheticRun(runs_folder() / LIVE, title="sst2/live").waiting()


async def history(pilot: Pilot[int]) -> HistoryScreen:
    await pilot.pause()
    pilot.app.open_history()  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "no history")
    screen = pilot.app.screen
    assert isinstance(screen, HistoryScreen)
    await until(pilot, lambda: screen.row is not None, "an empty list")
    return screen


async def choose(pilot: Pilot[int], screen: HistoryScreen, name: str) -> None:
    names = [row.entry.name for row in screen._shown]
    screen.table.move_cursor(row=names.index(name))
    await until(pilot, lambda: screen.row is not None and screen.row.entry.name == name, "not chosen")
    await until(pilot, lambda: screen.facts is not None, "no facts")


async def until_told(pilot: Pilot[int], words: str) -> None:
    await until(
        pilot, lambda: any(words in note.message for note in pilot.app._notifications), f"{words!r} not told"
    )


async def until_line(pilot: Pilot[int], *words: str) -> None:
    """Waits until all words stand in one line."""

    def stand() -> bool:
        return any(all(word in line for word in words) for line in text_of(pilot).splitlines())

    await until(pilot, stand, f"{words} do not stand in one line")


def shown(screen: HistoryScreen) -> list[str]:
    return [row.entry.recipe.partition("/")[2] for row in screen._shown]


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
async def test_a_line_tells_verdict_accuracy_duration_and_size(three: Path, size: tuple[int, int]) -> None:
    with held(three):
        async with FltuiApp().run_test(size=size) as pilot:
            screen = await history(pilot)
            await until(pilot, lambda: all(row.size for row in screen._shown), "sizes are not counted")
            await until_line(pilot, "sst2/good", "✓ ok", ".803", " kB")
            await until_line(pilot, "sst2/bad", "✗ failed")
            await until_line(pilot, "sst2/live", "● live")
            await until_line(pilot, "history", "3 runs", "1 live")
            await choose(pilot, screen, GOOD)
            await until_shown(pilot, "◆ 1 .783")
            await until_shown(pilot, GOOD)


async def test_the_size_keeps_its_unit_at_every_width_and_after_a_resize(three: Path) -> None:
    SyntheticRun(runs_folder() / "20261124-131500-long-dddd", title="sst2/openfl-taskrunner-mine").whole()
    with held(three):
        async with FltuiApp().run_test(size=(200, 40)) as pilot:
            screen = await history(pilot)
            await until(pilot, lambda: all(row.size for row in screen._shown), "sizes are not counted")
            for width in (140, 130, 80, 60, 159, 160, 120, 140):
                await pilot.resize_terminal(width, 40)
                await until(
                    pilot,
                    lambda: screen.table.virtual_size.width <= screen.table.size.width,
                    f"the list is wider than its place at {width}",
                )
                for name in ("openfl", "good", "bad"):
                    await until_line(pilot, f"sst2/{name}", " kB")


async def test_the_list_is_filtered_as_one_types_and_a_wrong_filter_says_how(three: Path) -> None:
    with held(three):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await history(pilot)
            await until(pilot, lambda: len(screen._shown) == 3, "not all")
            await pilot.press("slash", *"ok acc>.8")
            await until(pilot, lambda: shown(screen) == ["good"], "not filtered")
            await pilot.press("enter", "escape")
            await until(pilot, lambda: len(screen._shown) == 3, "the filter stayed")
            await pilot.press("slash", *"acc>x")
            await until_shown(pilot, "acc takes a value, such as acc>.8")
            await pilot.press("escape", "l")
            await until(pilot, lambda: shown(screen) == ["live"], "not the live ones only")


async def test_a_list_that_is_drawn_anew_keeps_the_row_that_was_chosen_just_before(three: Path) -> None:
    with held(three):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await history(pilot)
            await choose(pilot, screen, LIVE)
            last = len(screen._shown) - 1
            name = screen._shown[last].entry.name
            assert name != LIVE
            screen.table.move_cursor(row=last)
            screen._drawn = None  # as when a minute has passed or another run has come
            screen._show()
            assert screen.row is not None
            assert screen.row.entry.name == name


async def test_enter_opens_a_run_and_p_plays_it(three: Path) -> None:
    with held(three):  # else the app asks about the run that lost its engine
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await history(pilot)
            await choose(pilot, screen, GOOD)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "not opened")
            await until_shown(pilot, "3 of 3 rounds")
            await pilot.press("q")
            await until(pilot, lambda: pilot.app.screen is screen, "it did not go back")
            await pilot.press("p")
            await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen), "not played")
            await pilot.press("q")
            await until(pilot, lambda: pilot.app.screen is screen, "it did not go back")


async def test_deleting_asks_refuses_a_live_run_and_takes_the_marked(three: Path) -> None:
    with held(three):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await history(pilot)
            await choose(pilot, screen, LIVE)
            await pilot.press("delete")
            await until_told(pilot, "still runs")
            await choose(pilot, screen, GOOD)
            await pilot.press("delete")
            await until_shown(pilot, "Delete")
            await pilot.press("escape")
            assert len(list_runs()) == 3
            for name in (GOOD, BAD):
                await choose(pilot, screen, name)
                await pilot.press("space")
            await until_shown(pilot, "2 marked")
            await pilot.press("D")
            await until_shown(pilot, "Delete 2 runs?")
            await pilot.press("y")
            await until_told(pilot, "deleted 2 runs")
            await until(pilot, lambda: shown(screen) == ["live"], "the list still shows them")
    assert [entry.name for entry in list_runs()] == [LIVE]


async def test_a_run_is_exported_to_the_file_that_one_names(three: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.tar.gz"
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        screen = await history(pilot)
        await choose(pilot, screen, GOOD)
        for told in ("holds the run", "is there already"):
            await pilot.press("x")
            await until_shown(pilot, f"{GOOD}.tar.gz"[-20:])
            screen.save_bar._input.value = str(target)
            await pilot.press("enter")
            await until_told(pilot, told)
            await until(pilot, lambda: not screen.working, "it goes on")
    with tarfile.open(target) as tar:
        assert f"{GOOD}/events.jsonl" in tar.getnames()


async def test_a_run_is_run_again_with_the_same_params(
    own_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "talk"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(
        "schema: 1\ntitle: Talk\nframework: own\ntask: talk\n"
        "params: {word: {type: str, default: hello}}\n"
        'processes: {server: {role: server, argv: [echo, "it says ${{ params.word }}"]}}\n'
    )
    from fltui_command import fltui

    assert fltui("--run", str(folder), "--set", "word=two words").returncode == 0
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        screen = await history(pilot)
        await until(pilot, lambda: screen.facts is not None, "no facts")
        await pilot.press("R")
        await until_told(pilot, "is not what you agreed to")
        agree(folder / "recipe.yaml")
        begun: list[tuple[Any, ...]] = []  # held back until all three presses were seen
        with monkeypatch.context() as patch:
            patch.setattr("fltui.tui.start_run.Starting", lambda *words: begun.append(words))
            await pilot.press("R", "R", "R")
            await until_told(pilot, "talk is being started already")
            await until(pilot, lambda: begun, "it did not begin")
        [words] = begun
        Starting(*words)
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it did not start")
        await until_shown(pilot, "it says two words")
        await until(pilot, lambda: len(list_runs()) == 2 and list_runs()[0].verdict is not None, "no end")
        await pilot.press("q")
        await until(pilot, lambda: pilot.app.screen is screen, "it did not go back to the history")


async def test_a_run_that_was_run_again_replaces_nothing_that_was_opened_meanwhile(
    own_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SyntheticRun(runs_folder() / GOOD, title="sst2/good").whole()
    file = tmp_path / "talk" / "recipe.yaml"
    file.parent.mkdir()
    file.touch()
    agree(file)
    ended: list[Callable[[str, str], None]] = []
    monkeypatch.setattr("fltui.tui.start_run.Starting", lambda *words: ended.append(words[-1]))
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        screen = await history(pilot)
        app = pilot.app
        assert isinstance(app, FltuiApp)
        app.run_again(file, {}, beside=True)
        await until(pilot, lambda: ended, "it did not start")
        await pilot.press("s")
        await until(pilot, lambda: app.screen is not screen, "no sweeps")
        opened = app.screen
        ended[0](GOOD, "")
        await until_told(pilot, f"{GOOD} runs; the history shows it")
        assert app.screen is opened


async def test_a_run_that_cannot_be_read_any_more_is_told_and_not_opened(three: Path) -> None:
    with held(three):
        async with FltuiApp().run_test(size=(120, 34)) as pilot:
            screen = await history(pilot)
            await choose(pilot, screen, GOOD)
            (runs_folder() / GOOD / "manifest.json").unlink()
            screen.action_open()
            await until_told(pilot, "it has no manifest.json")
            await choose(pilot, screen, BAD)
            for file in (runs_folder() / BAD).glob("*.jsonl"):
                file.unlink()
            screen.action_replay()
            await until_told(pilot, "there is nothing to replay")
            assert pilot.app.screen is screen
    app = FltuiApp(run=runs_folder() / GOOD)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_value == 1, "it shows nothing and stays")
        assert "manifest.json" in app.parting


async def test_a_run_that_lost_its_engine_is_cleaned_up(engines: Engines) -> None:
    run = engines.start(
        sh(
            "stubborn",
            "trap '' TERM HUP; echo up; setsid sh -c \"trap '' TERM HUP; while :; do sleep 0.1; done\"",
        )
    )
    wait_until(lambda: b"up" in run.log("stubborn") and len(left_of(run.name)) >= 2)
    os.kill(run.guard, signal.SIGKILL)
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    async with FltuiApp().run_test(size=(120, 34)) as pilot:
        screen = await history(pilot)
        await until_shown(pilot, "lost its engine")
        await until_shown(pilot, "still there: pid")
        await pilot.press("D", "y")
        await until_told(pilot, "still live")
        await until(pilot, lambda: not screen.working, "it goes on")
        await pilot.press("c")
        await until_told(pilot, "nothing of it is left")
        await until_gone(pilot, "lost its engine")
    assert left_of(run.name) == []
    assert list_runs()[0].verdict == "failed"


def entry(**changes: object) -> Row:
    size = changes.pop("size", None)
    values = {
        "name": "20261124-101500-sst2-flower-k3f9",
        "folder": Path("/x"),
        "recipe": "sst2/flower",
        **changes,
    }
    return Row(RunEntry(**values), size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("flower", True),
        ("FLOWER k3f9", True),
        ("-flower", False),
        ("ok", True),
        ("failed", False),
        ("-failed", True),
        ("acc>.8", True),
        ("acc>=0.803 acc<=0.803", True),
        ("accuracy<.8", False),
        ("took<2m", True),
        ("took>118", True),
        ("size>100M", False),
        ("size>2.2m", True),
        ("size<1G", True),
        ("rounds=3", True),
        ("memory", True),
        ("flower ok took>1h", False),
    ],
)
def test_what_a_filter_leaves(text: str, found: bool) -> None:
    row = entry(
        verdict=Verdict.OK,
        metrics={"accuracy": 0.803},
        duration_s=119.0,
        rounds_done=3,
        size=2_300_000,
        reason="out of memory",
    )
    assert parse(text)(row) is found


def test_what_is_not_known_matches_no_comparison() -> None:
    assert not parse("acc<1")(entry())
    assert not parse("size<1G")(entry())
    assert parse("lost")(entry())
    assert parse("live")(entry(alive=True))


@pytest.mark.parametrize("text", ["acc>", "acc>high", "took<soon", "size>many", "speed>3"])
def test_a_filter_that_cannot_be_read_says_what_it_takes(text: str) -> None:
    with pytest.raises(FilterError, match=r"such as|there are"):
        parse(text)
