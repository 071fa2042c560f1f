"""Every key of a replay, pressed, and what it does seen; a screen without such a table of tests fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_gone, until_shown
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot
from textual.widgets import Static

from fltui.tui.all_keys import SCREENS
from fltui.tui.app import FltuiApp
from fltui.tui.screens.replay import REPLAY_KEYS, ReplayScreen
from fltui.tui.screens.run_keys import RUN_KEYS

Doing = Callable[[Pilot[int]], Awaitable[None]]
# test_bindings_browser, test_run_keys, this file, test_bindings_history, test_bindings_sweeps.
TESTED = {"The recipe browser", "A run", "A replay, besides those of a run", "History", "Sweeps"}


def head_of(pilot: Pilot[int]) -> tuple[float, float]:
    """Seconds from the beginning, and all of them."""
    screen = screen_of(pilot)
    assert isinstance(screen, ReplayScreen)
    recording = screen.replayed.recording
    return screen.replayed.head.t - recording.start, recording.end - recording.start


async def pauses(pilot: Pilot[int]) -> None:
    await pilot.press("space")
    await until_shown(pilot, "paused")
    at = head_of(pilot)[0]
    await pilot.pause(0.4)
    assert head_of(pilot)[0] == at
    await pilot.press("space")
    await until_gone(pilot, "paused")
    await until(pilot, lambda: head_of(pilot)[0] > at, "it does not go on")


async def changes_speed(pilot: Pilot[int]) -> None:
    speeds = []
    for key in ("plus", "equals_sign", "minus", "minus"):
        await pilot.press(key)
        speeds.append(screen_of(pilot).replayed.head.speed)  # type: ignore[attr-defined]
    first, second, third, fourth = speeds
    assert 1.0 < first < second
    assert (third, fourth) == (first, 1.0)


async def goes_to_marks(pilot: Pilot[int]) -> None:
    await pilot.press("space", "0", "right_square_bracket")
    await until_shown(pilot, "round 1/3")
    at = head_of(pilot)[0]
    await pilot.press("right_square_bracket")
    await until_shown(pilot, "round 2/3")
    await pilot.press("left_square_bracket")
    await until(pilot, lambda: head_of(pilot)[0] == at, "not at the round before")


async def seeks(pilot: Pilot[int]) -> None:
    await pilot.press("space")
    for tenth in range(10):
        await pilot.press(str(tenth))
        now, whole = head_of(pilot)
        assert now == pytest.approx(whole * tenth / 10)


DOES: dict[str, Doing] = {
    "replay.pause": pauses,
    **dict.fromkeys(("replay.slower", "replay.faster"), changes_speed),
    **dict.fromkeys(("replay.next_mark", "replay.previous_mark"), goes_to_marks),
    "replay.start": seeks,
    **{f"replay.tenth_{n}": seeks for n in range(1, 10)},
}


def test_every_binding_of_a_replay_has_a_test() -> None:
    assert DOES.keys() == {key.id for key in REPLAY_KEYS}


def test_every_screen_with_keys_has_a_table_of_tests() -> None:
    assert SCREENS.keys() == TESTED, "write tests/tui/test_bindings_… for it, and name it in TESTED"


@pytest.mark.parametrize(
    "does", sorted(set(DOES.values()), key=lambda f: f.__name__), ids=lambda f: f.__name__
)
async def test_the_key_of_a_replay_does_what_the_table_says(does: Doing, tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    async with FltuiApp(folder, replay=1.0).run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "replay")
        await does(pilot)


async def test_a_replay_and_an_audience_are_shown_no_key_that_they_do_not_have(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    async with FltuiApp(folder, replay=1.0).run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "Space pause")
        assert "stop run" not in text_of(pilot)
    async with FltuiApp(folder, read_only=True).run_test(size=(120, 34), notifications=True) as pilot:
        await until_shown(pilot, "/ search")
        assert "R again" not in text_of(pilot)
        assert "/ searches its logs  q leaves  kept as run" in text_of(pilot)
        assert "R runs it again" not in text_of(pilot)
        await pilot.press("R")
        await until_shown(pilot, "starts no run")
    failed = SyntheticRun(tmp_path / "failed").failed()
    async with FltuiApp(failed, read_only=True).run_test(size=(120, 34)) as pilot:
        await until_shown(pilot, "shows its log  / searches its logs")
        assert "opens it" not in text_of(pilot)


def listed(pilot: Pilot[int]) -> str:
    return "\n".join(str(static.render()) for static in pilot.app.screen.query(Static))


async def test_an_audiences_help_lists_the_keys_that_are_not_refused_and_no_other(tmp_path: Path) -> None:
    run = SyntheticRun(tmp_path / "run")
    run.waiting()
    with held(run.folder):
        async with FltuiApp(run.folder, read_only=True).run_test(size=(120, 60), notifications=True) as pilot:
            app = pilot.app
            await until_shown(pilot, "waits for you")
            refused = set()
            for key in RUN_KEYS:
                if not key.help or key.id in ("run.back", "run.leave", "run.detach"):
                    continue
                app.clear_notifications()
                await pilot.press(key.key)
                await pilot.pause()
                if any("read-only" in note.message for note in app._notifications):
                    refused.add(key.id)
                await pilot.press(
                    *["escape"] * (app.screen is not screen_of(pilot) or screen_of(pilot).typing)
                )
                await until(pilot, lambda: app.screen is screen_of(pilot), "a dialog is left")
            await pilot.press("b", "question_mark")  # where no step waits, whose reasons would come first
            await until_shown(pilot, "keys: one run")
            helped = {key.id for key in RUN_KEYS if key.help and key.help in listed(pilot)}
    assert refused == {key.id for key in RUN_KEYS if key.help} - helped
    assert {"run.enter", "run.step_mode", "run.stop", "run.open"} <= refused


async def test_a_replays_help_lists_no_step_and_the_log_of_an_ended_run_can_be_opened(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    opens = next(key.help for key in RUN_KEYS if key.id == "run.open")
    async with FltuiApp(folder, replay=1.0).run_test(size=(120, 60)) as pilot:
        await until_shown(pilot, "replay")
        await pilot.press("space", "0", "question_mark")
        await until_shown(pilot, "keys: a replay")
        for words in ("waiting step", "stop the run", "run it again", opens):
            assert words not in listed(pilot)
    async with FltuiApp(folder, read_only=True).run_test(size=(120, 60)) as pilot:
        await until_shown(pilot, "/ search")
        await pilot.press("question_mark")
        await until_shown(pilot, "keys: one run")
        assert opens in listed(pilot)


async def test_a_replay_helps_with_its_own_keys_and_searches_no_further_than_it_has_come(
    tmp_path: Path,
) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    async with FltuiApp(folder, replay=1.0).run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "replay")
        await pilot.press("space", "question_mark")
        await until_shown(pilot, "keys: a replay")
        await until_shown(pilot, "to the next round or mark")
        assert "Ctrl-C" in listed(pilot)
        await pilot.press("escape", "0")
        await pilot.press(*["right_square_bracket"] * 2)
        await until_shown(pilot, "── round 2 ──")
        await pilot.press("b", "slash", *"local training", "enter")
        await until_shown(pilot, "match 2 of 2")
        await until_shown(pilot, ". , matches  Esc ends the search  Space pause")
        await pilot.press("escape")
        await until_gone(pilot, "Esc ends the search")
