"""A folder of recipes for tests of the recipe browser, and what a person does there first."""

from __future__ import annotations

import textwrap
from pathlib import Path

from app_pilot import until, until_shown
from textual.pilot import Pilot

from fltui.tui.screens.browser import BrowserScreen

HELLO = """
schema: 1
title: Says hello
framework: own
task: talk
params:
  rounds: {type: int, default: 3, min: 1, max: 9, help: How often}
  loud: {type: bool, default: false, help: In capitals}
  voice: {type: choice, choices: [high, low], default: high}
processes:
  server: {role: server, argv: [sh, -c, "echo hello ${{ params.rounds }} ${{ params.voice }}"]}
"""


class Shelf:
    """A folder of recipes for the app, which shows it and the shipped ones."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "common").mkdir(parents=True, exist_ok=True)
        (root / "environments").mkdir(exist_ok=True)

    def put(self, name: str, text: str = HELLO, **files: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file.replace("_", ".")).write_text(content)
        (folder / "recipe.yaml").write_text(textwrap.dedent(text))
        return folder / "recipe.yaml"


def browser(pilot: Pilot[int]) -> BrowserScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, BrowserScreen))


async def at(pilot: Pilot[int], name: str) -> BrowserScreen:
    """The browser with the recipe `name` chosen and its plan resolved."""
    await until(pilot, lambda: name in browser(pilot)._entries, f"{name} is not in the grid")
    screen = browser(pilot)
    screen.grid.choose(name)
    entry = screen._entries[name]
    await until(pilot, lambda: screen.form._shown == (entry.recipe.file if entry.recipe else None), "no form")
    if entry.recipe is not None:
        await until(pilot, lambda: screen.preview is not None, "no plan")
    return screen


async def until_told(pilot: Pilot[int], words: str) -> None:
    """Waits for a notification."""

    def told() -> bool:
        return any(words in note.message for note in pilot.app._notifications)

    await until(pilot, told, f"{words!r} was not told")


async def agree(pilot: Pilot[int]) -> None:
    await until_shown(pilot, "did not come with fltui")
    await pilot.press("y")
