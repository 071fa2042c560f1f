"""A console dialogue, by confirming, by letting it go, by typing, and headless: always the same events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_pilot import asking, screen_of, text_of, until, until_asks, until_shown, write
from dialogue_runs import STEPS, DialogueRun
from engines import Engines, sh
from textual.pilot import Pilot

from fltui.facts.plan import Step
from fltui.tui.app import FltuiApp

SIZES = [(80, 24), (120, 34), (200, 50)]
Start = Callable[..., DialogueRun]

ORDER = [
    ("input", "START"),
    ("step", "START", "waiting"),
    ("step", "START", "done"),
    ("step", "parties", "waiting"),
    ("step", "parties", "done"),
    ("input", "TRAIN"),
    ("step", "TRAIN", "waiting"),
    ("round", "1", "started"),
    ("round", "1", "done"),
    ("round", "2", "started"),
    ("round", "2", "done"),
    ("step", "TRAIN", "done"),
    ("input", "SAVE"),
    ("step", "SAVE", "waiting"),
    ("step", "SAVE", "done"),
    ("input", "STOP"),
    ("step", "STOP", "done"),
]


def header_of(pilot: Pilot[int]) -> str:
    return text_of(pilot).splitlines()[0]


def test_headless_the_recipe_speaks(dialogue: Start) -> None:
    run = dialogue(attended=False)
    assert run.end()["verdict"] == "ok"
    assert run.inputs == [(name, "recipe") for name in STEPS]
    assert run.order == ORDER


@pytest.mark.parametrize("size", SIZES)
async def test_each_step_says_what_it_sends_and_enter_sends_it(
    dialogue: Start, size: tuple[int, int]
) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        for name in STEPS:
            await until_asks(pilot, name)
            await until_shown(pilot, f"send  {name}")
            assert "waits for you" in text_of(pilot)
            await pilot.press("enter")
        await until_shown(pilot, "2 of 2 rounds, accuracy 0.867")
    assert run.end()["verdict"] == "ok"
    assert run.inputs == [(name, "person") for name in STEPS]
    assert run.order == ORDER


async def test_enter_before_a_step_waits_begins_no_line(engines: Engines) -> None:
    """A second Enter after a step would make lines for the process of the next keys."""
    steps = (Step("wait", "parties", line="registered"), Step("send", "TRAIN", text="TRAIN", mode="confirm"))
    run = engines.start(sh("server", "echo listens; exec cat", steps=steps), headless=False)
    async with FltuiApp(run.folder).run_test(size=(120, 34), notifications=True) as pilot:
        await until_shown(pilot, "listens")
        await pilot.press("enter", "x")
        await until_shown(pilot, "no step of server waits for you yet; i types a line")
        assert not screen_of(pilot).typing
        await pilot.press("i", *"registered", "enter", "escape")
        await until_asks(pilot, "TRAIN")
    run.ask(do="stop")
    run.end()
    assert [event["data"]["text"] for event in run.of_kind("input")] == ["registered"]


async def test_a_lets_the_rest_run_by_itself(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("A")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    assert run.end()["verdict"] == "ok"
    assert run.inputs == [("START", "person"), *((name, "recipe") for name in STEPS[1:])]
    assert run.order == ORDER


async def test_typing_the_words_into_the_pane_does_the_steps(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("i")
        for name in STEPS:
            await until_asks(pilot, name)
            await write(pilot, name)
            await pilot.press("enter")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
    assert run.end()["verdict"] == "ok"
    assert run.inputs == [(name, "person") for name in STEPS]
    assert run.order == ORDER


async def test_another_word_is_sent_and_the_step_still_waits(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("i", *"HELP", "enter")
        await until(pilot, lambda: run.inputs == [("HELP", "person")], "HELP was not sent")
        assert asking(pilot) == "START"


async def test_a_step_is_edited_before_it_is_sent(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("e")
        await until_shown(pilot, "instead of START")
        await pilot.press("space", "enter")
        await until_asks(pilot, "TRAIN")
    assert run.inputs == [("START ", "person")]


async def test_a_step_is_skipped_and_the_verdict_knows(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        for name, key in zip(STEPS, ("enter", "enter", "x", "enter"), strict=True):
            await until_asks(pilot, name)
            await pilot.press(key)
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until_shown(pilot, "⊘ send SAVE skipped by you")
        assert "○ send SAVE" not in text_of(pilot)
    assert [step["state"] for step in run.end()["steps"]] == ["done", "done", "done", "skipped", "done"]


async def test_in_step_mode_every_step_waits(dialogue: Start) -> None:
    run = dialogue(attended=False, rounds=1)
    assert run.end()["verdict"] == "ok"
    run = dialogue("--step")
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        assert "step mode" in header_of(pilot)
        await pilot.press("A")
        await until(pilot, lambda: "step mode" not in header_of(pilot), "A is not told")
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        assert "step mode" not in header_of(pilot)


async def test_m_says_step_mode_to_every_view_and_a_finished_run_is_in_none(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        assert "step mode" not in header_of(pilot)
        run.ask("step_mode", on=True)
        await until(pilot, lambda: "step mode" in header_of(pilot), "M of another view is not told")
        run.ask("stop", force=True)
        await until(pilot, lambda: screen_of(pilot).snapshot.ended, "it did not end")
        await until(pilot, lambda: "step mode" not in header_of(pilot), "a finished run waits for nobody")


async def test_a_recipe_without_steps_is_in_no_step_mode_and_m_says_so(engines: Engines) -> None:
    run = engines.start(sh("server", "echo hello; sleep 60"), step_mode=True)
    async with FltuiApp(run.folder).run_test(size=(120, 34), notifications=True) as pilot:
        await until_shown(pilot, "hello")
        assert "step mode" not in header_of(pilot)
        await pilot.press("M")
        await until(pilot, lambda: text_of(pilot).count("this recipe has no steps") > 1, "M says nothing")
    assert run.of_kind("step_mode") == []
    run.ask(do="stop")
    run.end()


async def test_no_key_of_a_read_only_view_reaches_a_process(dialogue: Start) -> None:
    run = dialogue()
    async with FltuiApp(run.folder, read_only=True).run_test(size=(120, 34)) as pilot:
        await until_asks(pilot, "START")
        await pilot.press("enter", "A", "x", "e", "i", "S", "m", "M")
        await pilot.pause(0.3)
        assert asking(pilot) == "START"
        assert "read-only" in text_of(pilot)
    assert run.inputs == []
    assert run.of_kind("stop") == run.of_kind("mark") == []
