"""How long the pilot of these tests waits around a key, and what waits for it."""

from __future__ import annotations

import asyncio
import time

import pytest
import textual._wait
import textual.notifications
from app_pilot import click, write
from recipe_shelf import until_told
from textual.app import App, ComposeResult
from textual.widgets import Button, Input

from fltui.tui.keys_in_order import KeysInOrder
from fltui.tui.toasts import FewToasts


class Field(KeysInOrder):
    def compose(self) -> ComposeResult:
        yield Input()


async def test_a_key_waits_ten_milliseconds_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await asyncio.sleep(seconds)

    async with App().run_test() as pilot:
        monkeypatch.setattr(textual._wait, "sleep", sleep)
        await pilot.press("x")
    assert len(asked) >= 2
    assert set(asked) == {0.01}


async def test_a_written_text_has_arrived() -> None:
    async with Field().run_test() as pilot:
        await write(pilot, "sesame99" * 8)
        assert pilot.app.query_one(Input).value == "sesame99" * 8


async def test_what_was_told_is_still_there_for_a_late_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FewToasts().run_test() as pilot:
        pilot.app.notify("the layout begins anew")
        await pilot.pause()
        monkeypatch.setattr(textual.notifications, "time", lambda: time.time() + 25)
        await until_told(pilot, "begins anew")


class Late(App[int]):
    """Its button comes to its place a moment after it was mounted."""

    clicked = False

    def compose(self) -> ComposeResult:
        button = Button("here")
        button.display = False
        yield button
        self.set_timer(0.5, lambda: setattr(button, "display", True))

    def on_button_pressed(self) -> None:
        self.clicked = True


async def test_a_click_waits_until_there_is_something_to_click() -> None:
    app = Late()
    async with app.run_test() as pilot:
        await click(pilot, app.query_one(Button))
        assert app.clicked
