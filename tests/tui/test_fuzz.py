"""Whatever is pressed, however the window is pulled and whatever a child writes: no traceback, no stuck screen."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_shown
from dialogue_runs import DialogueRun
from engines import Engines, python
from synthetic_runs import SyntheticRun, held
from textual import events
from textual.app import App
from textual.pilot import Pilot

from fltui.tui.all_keys import SCREENS
from fltui.tui.app import FltuiApp


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random keys save files, too: not here."""
    monkeypatch.chdir(tmp_path)


ENDING = {"S", "R", "q", "escape", "d"}  # those that end the run or the app
TYPED = [*"abcdefghijklmnopqrstuvwxyzABCXYZ0189 .,:;/?&|<>[]{}()'\"\\~`!@#$%^*-_=+", "é", "漢", "\u200b"]
MOVES = ["enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown"]
MOVES += ["backspace", "delete", "ctrl+a", "ctrl+e", "ctrl+k", "ctrl+u", "ctrl+w", "f1", "f5"]
SIZES = [(40, 10), (80, 24), (20, 5), (120, 34), (200, 50), (1, 1), (300, 80), (80, 3), (10, 60)]


def key_of(name: str) -> events.Key:
    return events.Key(name, name if len(name) == 1 else None)


def all_keys() -> list[str]:
    bound = {part for keys in SCREENS.values() for key in keys for part in key.key.split(",")}
    return [key for key in sorted({*bound, *TYPED, *MOVES}) if key not in ENDING]


async def hammer(pilot: Pilot[int], seed: int, count: int, keys: list[str]) -> None:
    """Presses `count` random keys, in bursts, and pulls the window now and then."""
    chance = random.Random(seed)
    app: App[int] = pilot.app
    for number in range(count):
        app.post_message(key_of(chance.choice(keys)))
        if number % 20 == 19:
            await pilot.pause()
        if number % 100 == 99:
            await pilot.resize_terminal(*chance.choice(SIZES))
        assert app.is_running, f"it ended after key {number} of seed {seed}"
    await taken(pilot)


async def taken(pilot: Pilot[int]) -> None:
    """All keys so far have done what they do."""
    await until(pilot, lambda: pilot.app._acting is None, "keys are stuck", 60)  # type: ignore[attr-defined]


async def answers(pilot: Pilot[int]) -> None:
    """The screen still answers: every line, dialog and field can be left, and help comes and goes."""
    await pilot.resize_terminal(100, 40)
    for _ in range(20):
        if pilot.app.screen is screen_of(pilot) and pilot.app.focused is None:
            break
        await pilot.press("escape")
        await taken(pilot)
    # The last Escape may have asked whether to leave; `escape` there is to stay.
    await pilot.press("question_mark")
    await until_shown(pilot, "keys: ")


async def test_random_keys_and_sizes_on_a_dialogue(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue(rounds=2)
    async with FltuiApp(run.folder).run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "START")
        await hammer(pilot, 1, 800, all_keys())
        await answers(pilot)
    run.close()
    assert run.end()["leftovers"] == []


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_ten_thousand_random_keys(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue(rounds=2)
    async with FltuiApp(run.folder).run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "START")
        await hammer(pilot, 7, 10_000, all_keys())
        await answers(pilot)
    run.close()
    assert run.end()["leftovers"] == []


async def test_random_keys_of_a_read_only_view_reach_nobody(dialogue: Callable[..., DialogueRun]) -> None:
    run = dialogue()
    async with FltuiApp(run.folder, read_only=True).run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "START")
        await hammer(pilot, 3, 400, all_keys())
    assert run.inputs == []
    assert run.of_kind("mark") == run.of_kind("stop") == []
    assert run.alive


async def test_random_keys_on_a_replay(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    async with FltuiApp(folder, replay=10.0).run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "replay")
        await hammer(pilot, 4, 400, all_keys())
        await answers(pilot)


@pytest.mark.usefixtures("own_site")
async def test_random_keys_on_browser_and_history(tmp_path: Path) -> None:
    keys = [key for key in all_keys() if key not in {"enter", "s", "D", "b"}]  # those run or build
    app = FltuiApp(recipes=tmp_path)
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await until_shown(pilot, "recipes")
        await hammer(pilot, 5, 300, keys)
        assert app.is_running


async def test_a_pane_of_twelve_processes_is_reached_and_none_is_lost(tmp_path: Path) -> None:
    run = SyntheticRun(tmp_path / "run", parties=12)
    folder = run.waiting()
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 34), notifications=True) as pilot:
            await until_shown(pilot, "STOP")
            seen = set()
            for _ in range(len(run.names)):
                await pilot.press("tab")
                seen.add(screen_of(pilot).chosen)
                await until_shown(pilot, f"{screen_of(pilot).chosen} ")
            assert seen == set(run.names)


_NOISE = """
import os, sys, time
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    os.write(1, os.urandom(300))
    time.sleep(0.002)
"""


async def noise(engines: Engines, seconds: float) -> None:
    run = engines.start(python("server", _NOISE.format(seconds=seconds)))
    app = FltuiApp(run.folder)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        chance = random.Random(6)
        while not screen_of(pilot).snapshot.ended:
            await pilot.resize_terminal(*chance.choice(SIZES[:5]))
            await pilot.press(chance.choice(["w", "t", "z", "home", "end", "up", "pageup", "L"]))
            await pilot.pause(0.02)
        await until(pilot, lambda: "ok" in text_of(pilot), "no verdict on the screen")
    assert run.end()["verdict"] == "ok"
    assert app.return_code in (0, None)


async def test_random_bytes_of_a_child(engines: Engines) -> None:
    await noise(engines, 3)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_random_bytes_of_a_child_for_a_minute(engines: Engines) -> None:
    await noise(engines, 60)
