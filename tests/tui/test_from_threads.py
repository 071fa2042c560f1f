"""What a thread found reaches the screen that asked for it, and nobody where that screen or the app has gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from app_pilot import until
from textual.app import App
from textual.screen import Screen

from fltui.tui.from_threads import teller


class Asking(Screen[None]):
    def on_mount(self) -> None:
        self.told: list[str] = []
        self.tell = teller(self)


def on_a_thread(tell: Callable[..., None], *facts: Any) -> None:
    thread = threading.Thread(target=tell, args=facts)
    thread.start()
    thread.join()


async def test_a_screen_takes_what_its_thread_found_also_below_another() -> None:
    app: App[int] = App()
    async with app.run_test() as pilot:
        screen = Asking()
        await app.push_screen(screen)
        await app.push_screen(Screen())
        on_a_thread(screen.tell, screen.told.append, "found")
        await until(pilot, lambda: screen.told == ["found"], "nothing was told")


@pytest.mark.parametrize("gone", ["before it is found", "after it was found"])
async def test_a_screen_that_was_left_is_told_nothing(gone: str) -> None:
    app: App[int] = App()
    async with app.run_test() as pilot:
        screen = Asking()
        await app.push_screen(screen)
        if gone == "before it is found":
            await app.pop_screen()
        on_a_thread(screen.tell, screen.told.append, "found")
        if gone == "after it was found":
            await app.pop_screen()
        done: list[str] = []
        on_a_thread(teller(app), done.append, "all before is done")
        await until(pilot, lambda: done, "the app was told nothing")
    assert screen.told == []


async def test_an_app_that_ends_is_told_nothing() -> None:
    app: App[int] = App()
    told: list[str] = []
    async with app.run_test():
        tell = teller(app)
        on_a_thread(tell, told.append, "found")
        await app._shutdown()
    on_a_thread(tell, told.append, "found later")
    assert told == []
