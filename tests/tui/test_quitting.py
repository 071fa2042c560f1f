"""Quitting asks beside a live run, wherever the focus is, and Ctrl-C wherever nobody types; a detach leaves the run
alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app_pilot import screen_of, text_of, until, until_asks, until_shown
from dialogue_runs import DialogueRun
from synthetic_runs import SyntheticRun, held
from textual.screen import ModalScreen

from fltui.facts.site import runs_folder
from fltui.tui.app import FltuiApp
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.browser import BrowserScreen
from fltui.tui.screens.history import HistoryScreen
from fltui.tui.widgets.input_line import InputLine

# The keys that lead to a place on the run screen, and those that lead out again.
PLACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "keys": ((), ()),
    "typing": (("i", "x"), ("escape",)),
    "editing a step": (("e",), ("escape",)),
    "search": (("slash", "x"), ("escape",)),
    "filter": (("ampersand", "x"), ("escape",)),
    "go to": (("colon", "1"), ("escape",)),
    "mark": (("m", "x"), ("escape",)),
    "zoomed": (("z",), ("z",)),
    "presenting": (("P",), ("P",)),
}
FIELDS = (
    "typing",
    "editing a step",
    "search",
    "filter",
    "go to",
    "mark",
)  # there Ctrl-C only leaves the field
DIALOGS: dict[str, tuple[str, ...]] = {
    "reasons": ("question_mark",),
    "topology": ("g",),
    "stop's question": ("S",),
    "palette": ("ctrl+p",),
    "help": ("tab", "question_mark"),
}


async def test_every_place_of_a_live_run_asks_and_staying_changes_nothing(
    dialogue: Callable[..., DialogueRun],
) -> None:
    run = dialogue()
    app = FltuiApp(run.folder)
    async with app.run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        for place, (keys, back) in PLACES.items():
            for quitting in ("ctrl+c", "ctrl+q"):
                await pilot.press(*keys, quitting)
                if quitting == "ctrl+c" and place in FIELDS:
                    await until(pilot, lambda: not screen_of(pilot).typing, f"it stays in the field: {place}")
                    assert app.screen is screen_of(pilot), f"it asks: {place}"
                    continue
                await until(pilot, lambda: isinstance(app.screen, Ask), f"it does not ask: {place}")
                for words in ("is running.", "detach: it goes on", "stop it", "stay"):
                    assert words in text_of(pilot), (place, words)
                await pilot.press("escape")
                await until(pilot, lambda: not isinstance(app.screen, Ask), "the question stays")
                await pilot.press(*back)
        assert app.is_running
        await pilot.press("ctrl+c", "d")
        await until(pilot, lambda: not app.is_running, "it did not leave")
    assert run.alive
    assert run.inputs == []


async def test_in_a_dialog_it_closes_that_and_then_asks(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue()
    app = FltuiApp(run.folder)
    async with app.run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        for place, keys in DIALOGS.items():
            await pilot.press(*keys)
            await until(pilot, lambda: isinstance(app.screen, ModalScreen), f"no dialog: {place}")
            await pilot.press("ctrl+c")
            await until(pilot, lambda: app.screen is screen_of(pilot), f"it stays, or ended all: {place}")
            assert app.is_running
        await pilot.press("ctrl+c")
        await until_shown(pilot, "is running.")
        await pilot.press("s")  # on the screen below it saves lines: it must not stop a run here
        await pilot.pause(0.3)
        assert isinstance(app.screen, Ask)
        await pilot.press("S")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it was not stopped")
    assert run.end()["exit_code"] == 130


async def test_an_audience_and_a_finished_run_leave_at_once(own_site: Path) -> None:
    folder = SyntheticRun(runs_folder() / "20261124-101500-sst2-ibmfl-k3f9").waiting()
    with held(folder):
        app = FltuiApp(folder, read_only=True)
        async with app.run_test(size=(80, 24)) as pilot:
            await until_shown(pilot, "STOP")
            await pilot.press("ctrl+c")
            await until(pilot, lambda: not app.is_running, "an audience was asked")
    app = FltuiApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running, "nobody lives, and it asks")


async def test_from_the_browser_and_the_history_it_goes_back_one_step_at_a_time(own_site: Path) -> None:
    folder = SyntheticRun(runs_folder() / "20261124-101500-sst2-ibmfl-k3f9").waiting()
    with held(folder):
        app = FltuiApp()
        async with app.run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "1 live")
            await pilot.press("H")
            await until_shown(pilot, "● live")
            await pilot.press("enter")
            await until_shown(pilot, "STOP")
            await pilot.press("ctrl+c")
            await until_shown(pilot, "is running.")
            await pilot.press("d")
            await until(pilot, lambda: isinstance(app.screen, HistoryScreen), "not back in the history")
            await pilot.press("slash", "x", "ctrl+c")
            assert isinstance(app.screen, HistoryScreen), "Ctrl-C in a field leaves more than that"
            await pilot.press("ctrl+c")
            await until(pilot, lambda: isinstance(app.screen, BrowserScreen), "not back in the browser")
            await pilot.press("slash", "x", "ctrl+c")
            assert app.is_running, "Ctrl-C in a field leaves more than that"
            await pilot.press("ctrl+c")
            await until(pilot, lambda: not app.is_running, "the browser does not end the app")


async def test_ctrl_c_in_a_field_copies_what_is_selected_there_and_stays(
    dialogue: Callable[..., DialogueRun],
) -> None:
    app = FltuiApp(dialogue().folder)
    async with app.run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("slash", *"agg", "shift+left", "shift+left", "ctrl+c")
        await until(pilot, lambda: app.clipboard == "gg", "the selection is not copied")
        assert screen_of(pilot).typing
        await pilot.press("ctrl+x")
        await until(pilot, lambda: screen_of(pilot).search_bar._input.value == "a", "it is not cut")


async def test_what_is_typed_without_an_echo_goes_to_no_clipboard(
    dialogue: Callable[..., DialogueRun],
) -> None:
    app = FltuiApp(dialogue().folder)
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await until_asks(pilot, "START")
        screen_of(pilot)._asks_for_echo = True  # nobody looks meanwhile whether its echo is on
        await pilot.press("i", *"hush")
        line = screen_of(pilot).focused
        assert isinstance(line, InputLine)
        for key in ("ctrl+x", "super+c", "ctrl+c"):
            line.hide(True)
            line.select_all()
            await pilot.press(key)
            await pilot.pause()
            assert app.clipboard == "", key
            assert line.value == ("" if key == "ctrl+c" else "hush"), key
        await until_shown(pilot, "what is hidden goes to no clipboard")
