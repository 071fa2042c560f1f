"""Typing to a process: secrets stay hidden, what was typed comes back, commands complete, it says who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from app_pilot import (
    click,
    click_until,
    screen_of,
    text_of,
    until,
    until_asks,
    until_gone,
    until_shown,
    write,
)
from dialogue_runs import DialogueRun
from engines import Engines, python, sh, zoo
from textual import events
from textual.pilot import Pilot

from fltui.facts.plan import Step
from fltui.tui.app import FltuiApp
from fltui.tui.feed import RunFeed
from fltui.tui.widgets.input_line import InputLine


def line_of(pilot: Pilot[int]) -> InputLine:
    pane = screen_of(pilot).pane
    assert pane is not None
    return pane.input_line


async def test_what_is_typed_without_an_echo_is_shown_and_kept_nowhere(engines: Engines) -> None:
    run = engines.start(zoo("vault", "reads_a_secret"))
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: run.ask(do="status")["hides_input"] == ["vault"], "it never asked")
        await pilot.press("i")
        await until_shown(pilot, "it turned its echo off")
        await write(pilot, "sesame99")
        assert "sesame99" not in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        assert "sesame99" not in text_of(pilot)
    run.end()
    for path in run.folder.rglob("*"):
        if path.is_file():
            assert b"sesame99" not in path.read_bytes(), path
    assert [event["data"]["text"] for event in run.of_kind("input")] == [None]


async def test_a_hidden_line_is_not_among_those_typed_before(engines: Engines) -> None:
    run = engines.start(zoo("vault", "reads_a_secret"))
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: run.ask(do="status")["hides_input"] == ["vault"], "it never asked")
        await pilot.press("i")
        await until_shown(pilot, "it turned its echo off")
        await write(pilot, "sesame99")
        await pilot.press("enter", "up")
        assert line_of(pilot).value == ""


async def test_a_process_that_reads_without_a_step_is_shown_as_waiting_for_you(engines: Engines) -> None:
    run = engines.start(
        sh("server", "exec sleep 60"), python("asks", "name = input('Which name? '); print('hello', name)")
    )
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "waits for you to type")
        assert screen_of(pilot).chosen == "asks"
        await pilot.press("i", *"Ada", "enter")
        await until_shown(pilot, "hello Ada")
        await until_gone(pilot, "waits for you")


async def test_a_question_of_the_recipe_is_answered_in_the_pane(engines: Engines) -> None:
    step = Step("ask", "project", question="Which project?", send_answer=True)
    run = engines.start(
        python("client", "print('joined', input())", steps=(step,)), headless=False, person=True
    )
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "asks: Which project?")
        await pilot.press("enter", *"p17", "enter")
        await until_shown(pilot, "joined p17")
    assert run.end()["steps"][0]["state"] == "done"


async def test_enter_in_an_empty_line_does_the_step_whose_text_it_shows(engines: Engines) -> None:
    def last_line() -> str:
        return text_of(pilot).splitlines()[-1]

    steps = (
        Step("ask", "project", question="Which project?", send_answer=True),
        Step("send", "TRAIN", text="TRAIN", mode="confirm"),
        Step("send", "y", text="y", mode="confirm"),
    )
    says = "import sys\nfor line in sys.stdin: print('got', repr(line))"
    run = engines.start(python("server", says, steps=steps), headless=False, person=True)
    async with FltuiApp(run.folder).run_test(size=(80, 24)) as pilot:
        await until_asks(pilot, "project")
        await pilot.press("i", *"p17", "enter")
        await until_asks(pilot, "TRAIN")
        await until(pilot, lambda: "Enter does the step" in last_line(), "the footer does not say so")
        await pilot.press("a")
        await until(pilot, lambda: "Enter sends" in last_line(), "a line that was begun is not sent")
        await pilot.press("backspace")
        await until(pilot, lambda: "Enter does the step" in last_line(), "an empty line does no step")
        await pilot.press("enter")
        await until_asks(pilot, "y")
        pilot.app.post_message(events.Paste("one\n\ntwo\n"))
        await until_shown(pilot, "3 lines were pasted for server.")
        await pilot.press("enter")
        await until_shown(pilot, r"got 'two\n'")
        await pilot.press("enter")
        await until_shown(pilot, r"got 'y\n'")
        sent = [event["data"]["text"] for event in run.of_kind("input")]
        assert sent == ["p17", "TRAIN", "one", "", "two", "y"]
    run.ask(do="stop")
    run.end()


async def test_tab_completes_the_recipes_commands_and_goes_round(
    dialogue: Callable[..., DialogueRun],
) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("i", "s", "tab")
        assert line_of(pilot).value == "START"
        await pilot.press("tab")
        assert line_of(pilot).value == "SAVE"
        await pilot.press("tab", "tab")
        assert line_of(pilot).value == "START"
        await pilot.press("shift+tab")
        assert line_of(pilot).value == "STOP"


async def test_older_lines_come_back_and_the_draft_is_kept(engines: Engines) -> None:
    run = engines.start(python("server", "import sys\nfor line in sys.stdin: print('got', line.strip())"))
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        await pilot.press("i", *"one", "enter", *"two", "enter", *"dra")
        await until_shown(pilot, "got two")
        for key, value in (("up", "two"), ("up", "one"), ("up", "one"), ("down", "two"), ("down", "dra")):
            await pilot.press(key)
            assert line_of(pilot).value == value
    run.ask(do="stop")
    run.end()


async def test_enter_asks_again_where_an_earlier_wait_was_skipped(engines: Engines) -> None:
    steps = (
        Step("wait", "parties", line="registered", count=3, timeout_s=60),
        Step("send", "TRAIN", text="TRAIN", mode="confirm"),
    )
    run = engines.start(python("server", "print('registered')\nprint(input())", steps=steps), headless=False)
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "registered")
        run.ask(do="skip", process="server", step="parties")
        await until_asks(pilot, "TRAIN")
        await until_shown(pilot, "1 of 3 parties")
        await pilot.press("enter")
        await until_shown(pilot, "do it all the same")
        await pilot.press("escape")
        await pilot.pause(0.2)
        assert run.of_kind("input") == []
        await pilot.press("enter")
        await until_shown(pilot, "do it all the same")
        await pilot.press("enter")
        await until(pilot, lambda: run.of_kind("input"), "it was not sent")


async def test_the_mouse_chooses_panes_rows_and_scrolls(
    dialogue: Callable[..., DialogueRun],
) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_asks(pilot, "START")
        screen = screen_of(pilot)
        await until(pilot, lambda: "party-2" in screen.panes, "no pane of party-2")
        await pilot.pause()
        await click(pilot, screen.panes["party-2"].lines)
        await until(pilot, lambda: screen.chosen == "party-2", "a pane cannot be clicked")
        await pilot.resize_terminal(80, 24)
        await until_shown(pilot, "party-1 ")
        await click(pilot, screen.rows, offset=(5, 0))
        await until(pilot, lambda: screen.chosen == "aggregator", "a row cannot be clicked")


async def test_the_last_line_names_only_keys_that_act_while_letters_are_text(
    dialogue: Callable[..., DialogueRun],
) -> None:
    def last_line() -> str:
        return text_of(pilot).splitlines()[-1]

    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        keys = ("d detach", "S stop", "? help")
        assert all(words in last_line() for words in keys)
        for opens, shows in (
            ("i", ("Enter does the step", "Esc keys", "Tab completes", "Up before")),
            ("e", ("Enter sends it instead of START", "Esc keys")),
            ("slash", ("Enter keeps it", "Esc clears it")),
            ("ampersand", ("Enter keeps it", "Esc all lines")),
            ("colon", ("Enter goes there", "Esc stays")),
        ):
            await pilot.press(opens)
            await until(pilot, lambda shows=shows: all(words in last_line() for words in shows), opens)
            assert not any(words in last_line() for words in keys), opens
            await pilot.press("escape")
            await until(pilot, lambda: all(words in last_line() for words in keys), f"after {opens}")
        await pilot.press("slash", *"agg", "enter")
        await until(pilot, lambda: ". , matches" in last_line(), "the keys of a search that is kept")


async def test_pasted_lines_are_sent_one_by_one_once_somebody_says_so(engines: Engines) -> None:
    run = engines.start(python("server", "import sys\nfor line in sys.stdin: print('got', line.strip())"))
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        await pilot.press("i", "a")
        pilot.app.post_message(events.Paste("lpha\nbeta\r\ngamma\n"))
        await until_shown(pilot, "3 lines were pasted for server.")
        await pilot.press("escape")
        await until_gone(pilot, "3 lines were pasted for server.")
        await pilot.pause(0.2)
        assert (line_of(pilot).value, run.of_kind("input")) == ("a", [])
        pilot.app.post_message(events.Paste("lpha\nbeta\r\ngamma\n"))
        await until_shown(pilot, "3 lines were pasted for server.")
        await pilot.press("enter")
        await until_shown(pilot, "got gamma")
        assert [event["data"]["text"] for event in run.of_kind("input")] == ["alpha", "beta", "gamma"]
        pilot.app.post_message(events.Paste("delta\n"))
        await until(pilot, lambda: line_of(pilot).value == "delta", "one line is not put in")


async def test_a_bar_takes_none_of_several_pasted_lines(engines: Engines) -> None:
    run = engines.start(sh("server", "exec sleep 60"))
    async with FltuiApp(run.folder).run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        await pilot.press("slash")
        pilot.app.post_message(events.Paste("one\ntwo"))
        await until_shown(pilot, "2 lines were pasted")
        assert screen_of(pilot).search_bar._input.value == ""


async def test_a_line_goes_to_the_process_of_its_pane_whichever_is_chosen_by_then(engines: Engines) -> None:
    says = "import sys\nfor line in sys.stdin: print('got', line.strip())"
    run = engines.start(python("first", says), python("second", says))
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: len(screen.panes) == 2, "not both panes")
        await pilot.pause()
        await pilot.press("i", *"mine")
        second = screen.panes["second"].lines
        await click_until(pilot, second, lambda: screen.chosen == "second", "a pane cannot be clicked")
        await pilot.press("enter")
        await until(pilot, lambda: run.of_kind("input"), "it was not sent")
        pilot.app.post_message(events.Paste("three\nfour"))
        await until_shown(pilot, "2 lines were pasted for first.")
        await pilot.press("enter")
        await until(pilot, lambda: len(run.of_kind("input")) == 3, "they were not sent")
    assert {event["process"] for event in run.of_kind("input")} == {"first"}


async def test_a_line_that_was_clicked_is_typed_into_until_it_is_left(engines: Engines) -> None:
    run = engines.start(
        sh("server", "exec sleep 60"),
        python("asks", "print('hello', input('Which name? '))\nimport time\ntime.sleep(60)"),
    )
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "waits for you to type")
        await pilot.pause()
        await click(pilot, line_of(pilot))
        await until(pilot, lambda: line_of(pilot).typing, "a clicked line is not typed into")
        await until_shown(pilot, "Esc keys")
        await pilot.press(*"Ada")
        run.ask(do="send", process="asks", text="Bob")
        await until_shown(pilot, "hello Bob")
        await until_gone(pilot, "waits for you")
        assert (line_of(pilot).value, line_of(pilot).display) == ("Ada", True)
        assert not screen_of(pilot).panes["asks"].input_row.has_class("hidden")
        await pilot.press("escape")
        await until(pilot, lambda: line_of(pilot).value == "", "it was not left")
        assert not line_of(pilot).typing


async def test_tab_completes_nothing_else_than_what_stands_there(
    dialogue: Callable[..., DialogueRun],
) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("i", "s", "tab")
        assert line_of(pilot).value == "START"
        await pilot.press("ctrl+u", *"TRAIN", "tab")
        assert line_of(pilot).value == "TRAIN"
        await pilot.press("ctrl+u", "s", "tab", "escape", "i", *"STOP", "tab")
        assert line_of(pilot).value == "STOP"


async def test_a_step_that_runs_a_command_offers_nothing_to_edit_or_send(engines: Engines) -> None:
    step = Step("run", "upload", argv=("sh", "-c", "echo sent"), mode="confirm")
    run = engines.start(sh("server", "exec sleep 60", steps=(step,)), headless=False, person=True)
    async with FltuiApp(run.folder).run_test(size=(120, 30), notifications=True) as pilot:
        await until_asks(pilot, "upload")
        await until_shown(pilot, "Enter run  x skip")
        await pilot.press("question_mark")
        await until_shown(pilot, "Run upload?")
        assert "edit" not in text_of(pilot)
        await pilot.press("e")
        await until_shown(pilot, "upload types nothing that could be edited")


async def test_a_run_that_does_not_answer_holds_up_no_letter(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = [], threading.Event()

    def hides_input(feed: RunFeed, name: str) -> bool:
        asked.append(name)
        assert answers.wait(30)
        return True

    monkeypatch.setattr(RunFeed, "hides_input", hides_input)
    run = engines.start(sh("server", "exec sleep 60"))
    async with FltuiApp(run.folder).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        await pilot.press("i", *"sesame")
        await until_shown(pilot, "sesame")
        for _ in range(3):  # as its clock does
            screen_of(pilot)._look_at_echo()
        assert asked == ["server"]
        answers.set()
        await until_gone(pilot, "sesame")
        assert line_of(pilot).value == "sesame"


async def test_when_the_run_has_ended_letters_are_keys_again_unless_a_line_is_half_typed(
    engines: Engines,
) -> None:
    run = engines.start(
        python("asks", "print('hello', input('Name? '))"), python("long", "print('bye', input('Word? '))")
    )
    async with FltuiApp(run.folder).run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "waits for you to type")
        await pilot.press("i", *"Ada", "enter")
        await until_shown(pilot, "hello Ada")
        assert screen_of(pilot).typing, "the run goes on, and so does who types"
        run.ask(do="stop")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until(pilot, lambda: not screen_of(pilot).typing, "letters are still text")


async def test_what_is_half_typed_when_the_run_ends_does_not_act_as_keys(engines: Engines) -> None:
    run = engines.start(python("asks", "print('hello', input('Name? '))"))
    async with FltuiApp(run.folder).run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "waits for you to type")
        await pilot.press("i", *"Ad")
        run.ask(do="stop")
        await until(pilot, lambda: not screen_of(pilot).feed.goes_on, "it goes on")
        await pilot.press("a", "enter")
        await until_shown(pilot, "the run has ended; nobody reads what is typed")
        await until(pilot, lambda: not screen_of(pilot).typing, "letters are still text")


async def test_the_block_of_a_step_names_no_keys_that_are_text(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "x skip")
        await pilot.press("i")
        await until_shown(pilot, "Esc, then keys act")
        await pilot.press("escape")
        await until_gone(pilot, "Esc, then keys act")
