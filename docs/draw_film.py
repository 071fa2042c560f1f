"""Draws docs/pictures/fltui.svg, a film of the app on a real run.

python docs/draw_film.py      needs the environment digits (`make demo` builds it)
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress

from draw_screens import save, screen_of, site, until
from screen_svg import Screen, film
from textual.app import App
from textual.pilot import Pilot

SIZE = (100, 28)
LOOK_S = 0.4  # between two looks at the screen
LENGTH_S = 60.0


class Recorder:
    """Looks at an app, and keeps what is new."""

    def __init__(self, app: App[int]) -> None:
        self.screens: list[Screen] = []
        self._app = app
        self._begin = time.monotonic()

    @property
    def t(self) -> float:
        return time.monotonic() - self._begin

    async def look_on(self) -> None:
        while True:
            screen = screen_of(self._app, round(self.t, 2))
            if screen.rows and (not self.screens or screen.rows != self.screens[-1].rows):
                self.screens.append(screen)
            await asyncio.sleep(LOOK_S)


async def act(pilot: Pilot[int], recorder: Recorder) -> None:
    """What the film shows, in a minute: choose, run, watch, search, see who connects, leave."""

    async def at(t: float, *keys: str) -> None:
        await pilot.pause(max(0.0, t - recorder.t))
        await pilot.press(*keys)

    await until(pilot, "Flower")
    await at(3.0, "down")
    await at(4.0, "up")
    await at(5.0, "p")
    await at(6.0, "6", "0", "enter")
    await at(8.0, "enter")
    await until(pilot, "clients 3/3")
    await at(recorder.t + 2.0, "b")
    await at(recorder.t + 3.0, "z")
    await at(recorder.t + 2.0, "t")
    await at(recorder.t + 2.0, "z")
    await until(pilot, "60 of 60 rounds")
    await at(recorder.t + 3.0, "L")
    await at(recorder.t + 3.0, "slash", *"received")
    await at(recorder.t + 2.0, "enter")
    await at(recorder.t + 1.0, "comma")
    await at(recorder.t + 1.0, "comma")
    await at(recorder.t + 2.0, "g")
    await at(recorder.t + 4.0, "escape")
    await at(recorder.t + 1.0, "q")
    await at(recorder.t + 1.5, "H")
    await pilot.pause(max(3.0, LENGTH_S - recorder.t))


async def record() -> tuple[list[Screen], float]:
    from fltui.tui.app import FltuiApp

    app = FltuiApp()
    async with app.run_test(size=SIZE) as pilot:
        recorder = Recorder(app)
        looking = asyncio.create_task(recorder.look_on())
        await act(pilot, recorder)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        return recorder.screens, recorder.t


def main() -> None:
    with site():
        screens, length_s = asyncio.run(record())
    poster = next((s.t for s in screens if "60/60" in "".join(segment.text for segment in s.rows[0])), 0.0)
    save("fltui", film(screens, "fltui", poster, length_s))
    print(f"docs/pictures/fltui.svg: {len(screens)} screens, {length_s:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
