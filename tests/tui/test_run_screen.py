"""The run screen on real runs: what it shows, what its keys do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engines import Engines, Run, python, sh
from textual.pilot import Pilot

from fltui.tui.app import FltuiApp
from fltui.tui.screens.run import RunScreen

SIZES = [(80, 24), (120, 34), (200, 50)]


async def until(pilot: Pilot[int], holds: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"{what}\n{text_of(pilot)}"
        await pilot.pause(0.05)


def screen_of(pilot: Pilot[int]) -> RunScreen:
    assert isinstance(pilot.app.screen, RunScreen)
    return pilot.app.screen


def text_of(pilot: Pilot[int]) -> str:
    """What a person reads on the screen."""
    app = pilot.app
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in strips[:height])


def asking(pilot: Pilot[int]) -> str:
    steps = screen_of(pilot).snapshot.asking
    return steps[0].name if steps else ""


def inputs(run: Run) -> list[tuple[str, str]]:
    return [(event["data"]["text"], event["data"]["by"]) for event in run.of_kind("input")]


@pytest.mark.parametrize("size", SIZES)
async def test_a_waiting_step_says_what_is_sent_and_why_and_enter_sends_it(
    console: Callable[..., Run], size: tuple[int, int]
) -> None:
    run = console()
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        for name in ("START", "TRAIN", "SAVE", "STOP"):
            await until(pilot, lambda n=name: asking(pilot) == n, f"{name} did not ask")  # type: ignore[misc]
            await until(pilot, lambda n=name: f"send  {n}" in text_of(pilot), f"{name} is not on the screen")  # type: ignore[misc]
            assert "waits for you" in text_of(pilot)
            await pilot.press("enter")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until(
            pilot, lambda: "2 of 2 rounds, accuracy 0.800" in text_of(pilot), "no verdict on the screen"
        )
    assert run.end()["verdict"] == "ok"
    assert inputs(run) == [(name, "person") for name in ("START", "TRAIN", "SAVE", "STOP")]


async def test_a_lets_the_rest_run_by_itself(console: Callable[..., Run]) -> None:
    run = console()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: asking(pilot) == "START", "START did not ask")
        await pilot.press("A")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    assert run.end()["verdict"] == "ok"


async def test_steps_are_done_by_typing_into_the_pane(console: Callable[..., Run]) -> None:
    run = console()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        for name in ("START", "TRAIN", "SAVE", "STOP"):
            await until(pilot, lambda n=name: asking(pilot) == n, f"{name} did not ask")  # type: ignore[misc]
            await pilot.press("i", *name, "enter", "escape")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    assert run.end()["verdict"] == "ok"


async def test_headless_gives_the_same_order_of_events(console: Callable[..., Run]) -> None:
    run = console(headless=True)
    assert run.end()["verdict"] == "ok"
    assert inputs(run) == [(name, "recipe") for name in ("START", "TRAIN", "SAVE", "STOP")]
    done = [event["data"]["step"] for event in run.of_kind("step") if event["data"]["state"] == "done"]
    assert done == ["START", "parties", "TRAIN", "SAVE", "STOP"]


async def test_a_step_can_be_edited_and_skipped(console: Callable[..., Run]) -> None:
    run = console()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: asking(pilot) == "START", "START did not ask")
        await pilot.press("e")
        assert screen_of(pilot).pane.input_line.value == "START"  # type: ignore[union-attr]
        await pilot.press("enter", "escape")
        await until(pilot, lambda: asking(pilot) == "TRAIN", "TRAIN did not ask")
        await pilot.press("enter")
        await until(pilot, lambda: asking(pilot) == "SAVE", "SAVE did not ask")
        await pilot.press("x")
        await until(pilot, lambda: asking(pilot) == "STOP", "SAVE was not skipped")
        await pilot.press("enter")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    assert [step["state"] for step in run.end()["steps"]] == ["done", "done", "done", "skipped", "done"]


async def test_no_key_of_a_read_only_view_reaches_a_process(console: Callable[..., Run]) -> None:
    run = console()
    async with FltuiApp(run.folder, read_only=True).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: asking(pilot) == "START", "START did not ask")
        await pilot.press("enter", "A", "x", "i", "S", "s")
        await pilot.pause(0.5)
        assert asking(pilot) == "START"
    assert inputs(run) == []
    run.ask(do="stop")
    run.end()


async def test_leaving_asks_and_detaching_leaves_the_run_alone(engines: Engines) -> None:
    run = engines.start(sh("server", "while :; do echo tick; sleep 0.1; done"))
    app = FltuiApp(run.folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "tick" in text_of(pilot), "no log on the screen")
        await pilot.press("q")
        await until(pilot, lambda: "is running" in text_of(pilot), "nobody was asked")
        await pilot.press("escape")
        assert app.is_running
        await pilot.press("q", "d")
        await pilot.pause(0.2)
    assert run.ask(do="status")["state"] in ("starting", "running")
    run.ask(do="stop")
    assert run.end()["exit_code"] == 130


async def test_s_stops_the_run_after_a_question(engines: Engines) -> None:
    run = engines.start(sh("server", "while :; do echo tick; sleep 0.1; done"))
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "tick" in text_of(pilot), "no log on the screen")
        await pilot.press("S", "s")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it was not stopped")
    assert "stopped from the terminal app" in run.end()["reason"]


async def test_the_failed_process_comes_to_the_front_and_is_named(engines: Engines) -> None:
    run = engines.start(sh("server", "sleep 60"), sh("client-1", "echo out of memory; exit 3"))
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until(pilot, lambda: "look at client-1" in text_of(pilot), "the culprit is not named")
        assert "client-1 ended with exit code 3" in text_of(pilot)
        assert screen_of(pilot).chosen == "client-1"
        await until(pilot, lambda: "out of memory" in text_of(pilot), "its log is not shown")


async def test_the_log_is_searched_scrolled_and_followed(engines: Engines) -> None:
    run = engines.start(python("server", "for n in range(5000): print(f'line {n} of many')"))
    run.end()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: "line 4999 of many" in text_of(pilot), "the end is not shown")
        await pilot.press("home")
        assert "line 0 of many" in text_of(pilot)
        assert "paused" in text_of(pilot)
        await pilot.press("slash", *"line 2500")
        await until(pilot, lambda: "line 2500 of many" in text_of(pilot), "the match is not shown")
        await until(pilot, lambda: "line 2,501" in text_of(pilot), "the match's number is not told")
        await pilot.press("enter", "end")
        await until(pilot, lambda: "line 4999 of many" in text_of(pilot), "it does not follow again")
        assert "paused" not in text_of(pilot)


async def test_a_childs_colours_are_kept_and_its_cursor_is_not_obeyed(engines: Engines) -> None:
    run = engines.start(
        python("server", r"print('\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jplain\r\n 10%\r 90% done')")
    )
    run.end()
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "red plain" in text_of(pilot), "the line is not shown")
        assert "90% done" in text_of(pilot)
        assert "10%" not in text_of(pilot)
        assert "title" not in text_of(pilot)


async def test_any_size_shows_round_accuracy_and_what_waits(console: Callable[..., Run]) -> None:
    run = console()
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: asking(pilot) == "START", "START did not ask")
        for width, height in [(120, 34), (80, 24), (60, 16), (40, 10), (80, 24), (200, 50)]:
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda: "waits" in text_of(pilot), f"nothing waits at {width}x{height}")
            assert "round" in text_of(pilot), (width, height)
        await pilot.press("A")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    run.end()


@pytest.mark.parametrize("theme", ["dark", "light", "contrast", "ansi"])
async def test_every_theme_renders(engines: Engines, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLTUI_THEME", theme)
    run = engines.start(sh("server", "echo hello"))
    run.end()
    app = FltuiApp(run.folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "hello" in text_of(pilot), "no log on the screen")
        assert app.theme == f"fltui-{theme}"


async def test_every_key_of_the_table_does_something_and_help_lists_it(engines: Engines) -> None:
    from fltui.tui.screens.run_keys import RUN_KEYS

    run = engines.start(sh("server", "echo hello"), sh("client-1", "echo there"))
    run.end()
    async with FltuiApp(run.folder).run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: "hello" in text_of(pilot), "no log on the screen")
        for key in RUN_KEYS:
            name = key.action.partition("(")[0]
            assert hasattr(RunScreen, f"action_{name}"), key.id
        await pilot.press("question_mark")
        await until(pilot, lambda: "keys: one run" in text_of(pilot), "no help")
        assert "leave; the run goes on" in text_of(pilot)


def test_a_file_of_tui_is_never_over_400_lines() -> None:
    root = Path(__file__).parents[2] / "fltui" / "tui"
    long = {p.name: n for p in root.rglob("*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}
