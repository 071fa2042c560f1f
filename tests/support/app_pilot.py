"""Drives the terminal app in a test: what a person reads, waiting for it, the run screen behind it."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from fltui.tui.screens.run import RunScreen


async def until(pilot: Pilot[int], holds: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Waits until `holds()`; fails with what is on the screen."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"{what}\n{text_of(pilot)}"
        await pilot.pause(0.02)


async def until_shown(pilot: Pilot[int], text: str, timeout_s: float = 30.0) -> None:
    await until(pilot, lambda: text in text_of(pilot), f"{text!r} is not on the screen", timeout_s)


async def until_gone(pilot: Pilot[int], text: str, timeout_s: float = 30.0) -> None:
    await until(pilot, lambda: text not in text_of(pilot), f"{text!r} is still on the screen", timeout_s)


async def until_asks(pilot: Pilot[int], step: str) -> None:
    await until(pilot, lambda: asking(pilot) == step, f"{step} did not ask")


async def write(pilot: Pilot[int], text: str) -> None:
    """Types letters and digits as fast as they are taken, and waits once for all of them."""
    for letter in text:
        pilot.app.post_message(events.Key(letter, letter))
    await pilot.pause()
    app = pilot.app
    await until(pilot, lambda: not app._acting and not app._ahead, f"{text!r} is stuck")  # type: ignore[attr-defined]


async def click(pilot: Pilot[int], widget: Widget, offset: tuple[int, int] = (0, 0)) -> None:
    """Clicks once the widget has its place on the screen: one that was just mounted has none."""

    def placed() -> bool:
        return bool(widget.region.area) and pilot.app.screen.size.region.contains_region(widget.region)

    await until(pilot, placed, f"{widget} has no place on the screen")
    await pilot.click(widget, offset=offset)


async def click_until(
    pilot: Pilot[int], widget: Widget, holds: Callable[[], object], what: str, tries: int = 10
) -> None:
    """Clicks again as a person does when the screen was laid out anew under the mouse."""
    for _ in range(tries):
        await click(pilot, widget)
        until_s = time.monotonic() + 3.0
        while time.monotonic() < until_s:
            if holds():
                return
            await pilot.pause(0.02)
    raise AssertionError(f"{what}\n{text_of(pilot)}")


def screen_of(pilot: Pilot[int]) -> RunScreen:
    """The run screen, also below a dialog."""
    found = [screen for screen in pilot.app.screen_stack if isinstance(screen, RunScreen)]
    assert found, pilot.app.screen_stack
    return found[-1]


def text_of(pilot: Pilot[int]) -> str:
    """What a person reads on the screen."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in strips[:height])


def asking(pilot: Pilot[int]) -> str:
    steps = screen_of(pilot).snapshot.asking
    return steps[0].name if steps else ""
