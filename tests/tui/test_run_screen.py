"""The run screen on real runs: what it shows, what its keys do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_asks, until_gone, until_shown
from dialogue_runs import DialogueRun
from engines import Engines, python, sh, watch
from fltui_command import fltui
from synthetic_runs import SyntheticRun, held
from textual.widgets import Static

from fltui.facts.plan import NoteRule, Success
from fltui.record.runs import list_runs
from fltui.tui.app import FltuiApp
from fltui.tui.consent import agree
from fltui.tui.screens.run import RunScreen
from fltui.tui.themes import DARK


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


@pytest.mark.parametrize("keys", ["SS", "qS"])
async def test_the_key_that_stops_answers_both_questions(engines: Engines, keys: str) -> None:
    run = engines.start(sh("server", "exec sleep 60"))
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        await pilot.press(*keys)
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it was not stopped")
    run.end()


async def test_a_round_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    async def goes(text: str, says: str) -> None:
        await pilot.press("colon", *text, "enter")
        await until_shown(pilot, says)

    run = SyntheticRun(tmp_path / "run")
    run.begin()
    run.round(1)
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(120, 34), notifications=True) as pilot:
            await until_shown(pilot, "round 1")
            await goes("r2", "round 2 has not begun")
            await goes("r99", "there is no round 99; 3 are planned")
    whole = SyntheticRun(tmp_path / "whole").whole()
    async with FltuiApp(whole).run_test(size=(120, 34), notifications=True) as pilot:
        await until_shown(pilot, "3 of 3 rounds")
        await goes("r99", "there is no round 99; it has rounds 1 to 3")


async def test_what_is_typed_to_a_run_that_has_ended_starts_none(own_site: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk" / "recipe.yaml"
    file.parent.mkdir()
    file.write_text(
        "schema: 1\ntitle: Talk\nframework: own\ntask: talk\n"
        "processes: {server: {role: server, argv: [echo, hello]}}\n"
    )
    agree(file)
    assert fltui("--run", str(file.parent)).returncode == 0
    async with FltuiApp(list_runs()[0].folder).run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "R again")
        for key in ("A", "x", "e", "M"):
            pilot.app.clear_notifications()
            await until_gone(pilot, "the run has ended")
            await pilot.press(key)
            await until_shown(pilot, "the run has ended")
        await pilot.press("i", *"TRAIN", "enter")
        await until_shown(pilot, "again, with the same params?")
        await pilot.press("escape")
        await until_gone(pilot, "again, with the same params?")
        assert len(list_runs()) == 1
        first = pilot.app.screen
        await pilot.press("R", "y")
        await until(pilot, lambda: len(list_runs()) == 2, "it did not start")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it is not shown")
        await until(pilot, lambda: pilot.app.screen is not first, "the first run is still shown")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")


async def test_the_failed_process_comes_to_the_front_and_is_named(engines: Engines) -> None:
    run = engines.start(sh("server", "sleep 60"), sh("client-1", "echo out of memory; exit 3"))
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until(pilot, lambda: "look at client-1" in text_of(pilot), "the culprit is not named")
        assert "client-1 ended with exit code 3" in text_of(pilot)
        assert screen_of(pilot).chosen == "client-1"
        await until(pilot, lambda: "out of memory" in text_of(pilot), "its log is not shown")


async def test_the_lines_of_a_run_that_has_ended_take_another_theme(engines: Engines) -> None:
    run = engines.start(sh("server", "echo one; echo two"))
    run.end()
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "two" in text_of(pilot), "no log on the screen")
        lines = screen_of(pilot).panes["server"].lines

        def grounds() -> set[object]:
            strips = [lines.render_line(y) for y in range(lines.size.height)]
            return {segment.style.bgcolor for strip in strips for segment in strip if segment.style}

        before = grounds()
        pilot.app.theme = "fltui-light"
        await until(pilot, lambda: not grounds() & before, "some rows keep the old theme's ground")


async def test_a_theme_of_the_palette_is_taken_by_all_of_a_run_that_has_ended(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").failed()
    app = FltuiApp(folder)

    def colours() -> set[str]:
        strips = app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        return {colour.name for style in styles for colour in (style.color, style.bgcolor) if colour}

    async with app.run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "look at party-2")
        for name in ("light", "ansi"):
            await pilot.press("ctrl+p", *f"theme {name}", "enter")
            await until(pilot, lambda name=name: app.theme == f"fltui-{name}", "another theme")
            await until(pilot, lambda: not colours() & set(DARK.values()), "some keep the old theme")
            assert app.native_ansi_color == (name == "ansi")
        await until(
            pilot, lambda: not any(name.startswith("#") for name in colours()), "a colour by its value"
        )


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


async def test_any_size_shows_round_and_what_waits(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_asks(pilot, "START")
        for width, height in [(120, 34), (80, 24), (60, 16), (40, 10), (80, 24), (200, 50)]:
            await pilot.resize_terminal(width, height)
            for word in ("waits", "round"):
                await until(pilot, lambda word=word: word in text_of(pilot), f"no {word} at {width}x{height}")  # type: ignore[misc]
        await pilot.press("A")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")


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
        listed = "\n".join(str(static.render()) for static in pilot.app.screen.query(Static))
        assert [key.help for key in RUN_KEYS if key.help not in listed] == []


def test_a_file_of_tui_is_never_over_400_lines() -> None:
    root = Path(__file__).parents[2] / "fltui" / "tui"
    long = {p.name: n for p in root.rglob("*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


async def test_what_failed_is_said_once_and_no_accuracy_is_awaited_after_the_end(engines: Engines) -> None:
    rule = NoteRule("client", r"rejected: (?P<why>.*)", "the server rejected it: {why}", "warning")
    run = engines.start(
        sh("server", "sleep 60"),
        sh("client-1", "echo 'rejected: bad token'; exit 3"),
        watch=watch(notes=(rule,)),
        success=Success(3, "accuracy"),
    )
    assert "just before: the server rejected it: bad token" in run.end()["reason"]
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: "look at client-1" in text_of(pilot), "the culprit is not named")
        panel = text_of(pilot)[text_of(pilot).index("✗ failed  client-1") :]
        assert panel.count("bad token") == 1, panel
        assert "no accuracy " in text_of(pilot)
        assert "no accuracy yet" not in text_of(pilot)


@pytest.mark.parametrize("ended", [True, False])
async def test_a_run_without_a_plan_is_shown_by_its_name_and_every_key_is_answered(
    tmp_path: Path, ended: bool
) -> None:
    run = SyntheticRun(tmp_path / "20261124-101500-bare")
    folder = run.whole() if ended else run.waiting()
    (folder / "manifest.json").write_text("{}")
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 34)) as pilot:
            await until_shown(pilot, "sst2/ibmfl" if ended else "20261124-101500-bare")
            for key in (
                "less_than_sign",
                "greater_than_sign",
                "H",
                "n",
                "tab",
                "i",
                "z",
                "f",
                "slash",
                "escape",
            ):
                await pilot.press(key)
            assert pilot.app.is_running
