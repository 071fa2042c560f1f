"""What the recipe browser starts: runs, after consent, and builds of environments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from app_pilot import text_of, until, until_shown
from recipe_shelf import HELLO, Shelf, agree, at, browser, until_told
from synthetic_runs import SyntheticRun
from tiny_environment import Tiny, slow_index, tiny

from fltui.facts.site import runs_folder
from fltui.record.runs import list_runs
from fltui.tui import consent
from fltui.tui.app import FltuiApp
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.browser import BrowserScreen
from fltui.tui.screens.run import RunScreen

__all__ = ["slow_index", "tiny"]


# -- running ----------------------------------------------------------------------------------------


async def test_a_recipe_of_somebody_else_shows_what_it_executes_once(shelf: Shelf) -> None:
    file = shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("enter")
        await until_shown(pilot, "echo hello 3 high")
        await pilot.press("escape")
        await pilot.pause(0.2)
        assert list_runs() == []
        await pilot.press("D")
        await agree(pilot)
        await until_told(pilot, "v shows it")
        await pilot.press("D")
        await until(pilot, lambda: len(list_runs()) == 2, "the second run did not begin")
        assert isinstance(pilot.app.screen, BrowserScreen), "it asked again, or left the browser"
        file.write_text(HELLO.replace("echo hello", "echo other"))
        await until(pilot, lambda: browser(pilot).entry is not None, "")
        await pilot.press("2")
        await until_shown(pilot, "echo other")
        await pilot.press("enter")
        await until_shown(pilot, "did not come with fltui")
        await pilot.press("escape")


def test_a_file_that_cannot_be_read_ends_nothing_and_asks_when_it_can(
    tmp_path: Path, own_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("recipe.yaml", "locked"):
        (tmp_path / name).write_text("of somebody else")
    read_bytes = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    with monkeypatch.context() as locked:
        locked.setattr(Path, "read_bytes", refused)
        assert not consent.agreed(tmp_path / "recipe.yaml")
        consent.agree(tmp_path / "recipe.yaml")
        assert consent.agreed(tmp_path / "recipe.yaml")
    assert not consent.agreed(tmp_path / "recipe.yaml")


async def test_enter_runs_and_watches_and_s_runs_in_steps(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("enter")
        await agree(pilot)
        await until_shown(pilot, "hello 3 high")
        await until(pilot, lambda: list_runs()[0].verdict is not None, "no verdict")
        [watched] = [entry.name for entry in list_runs()]
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, BrowserScreen), "it did not go back")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it did not start")
    [stepped] = [entry for entry in list_runs() if entry.name != watched]  # both may be of one second
    manifest = json.loads((stepped.folder / "manifest.json").read_text())
    assert manifest["plan"]["step_mode"] is True


async def test_it_shows_every_command_that_a_recipe_executes(shelf: Shelf) -> None:
    process = 'server: {role: server, argv: [sh, -c, "echo main"],\n    ready: {checks: [{command: [sh, -c, "echo ready"]}]},\n'
    process += '    steps: [{run: [sh, -c, "echo step"]}], stop: {run: [sh, -c, "echo stop"]}}'
    text = HELLO[: HELLO.index("  server:")] + f"  {process}\n"
    shelf.put("talk/one", text)
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("enter")
        for word in ("main", "ready", "step", "stop"):
            await until_shown(pilot, f"'echo {word}'")
        await pilot.press("escape")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_question_and_keys_stay_in_sight_and_only_the_commands_scroll(
    shelf: Shelf, size: tuple[int, int]
) -> None:
    processes = "".join(f"  party-{n}: {{role: client, argv: [echo, command-{n}]}}\n" for n in range(40))
    shelf.put("talk/one", f"{HELLO[: HELLO.index('  server:')]}{processes}")
    async with FltuiApp(recipes=shelf.root).run_test(size=size) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("enter")
        await until_shown(pilot, "echo command-0")

        def all_in_sight() -> bool:
            shown = " ".join(text_of(pilot).split())
            return all(words in shown for words in ("did not come with", "y run it", "Esc not now"))

        await until(pilot, all_in_sight, "the question or its keys are out of sight")
        await pilot.press("down", "down")
        await until(pilot, lambda: "echo command-0" not in text_of(pilot), "the arrows do not scroll")
        await pilot.press(*["pagedown"] * 12)
        await until_shown(pilot, "echo command-39")
        assert all_in_sight()
        await pilot.press(*["pageup"] * 12)
        await until_shown(pilot, "echo command-0")
        await pilot.press("escape")


async def test_a_start_that_ends_puts_nothing_over_what_one_does_by_then(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("talk/one")
    run = SyntheticRun(runs_folder() / "20261124-101500-talk-aaaa", title="talk/one").whole()
    starts: list[HeldStart] = []

    class HeldStart:
        cancelled = False

        def __init__(self, *words: Any) -> None:
            self.done = words[4]
            starts.append(self)

        def cancel(self) -> None:
            self.cancelled = True

    monkeypatch.setattr("fltui.tui.screens.browser_start.Starting", HeldStart)
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "talk/one")
        await pilot.press("enter")
        await agree(pilot)
        await until(pilot, lambda: starts, "it did not start")
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen is not screen, "no help")
        starts[-1].done(run.name, "")
        await until_told(pilot, f"{run.name} runs; v shows it")
        assert not isinstance(pilot.app.screen, RunScreen)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: len(starts) == 2, "it did not start")
        await pilot.press("slash")
        starts[-1].done("", "no port is free")
        await until_told(pilot, "talk/one did not start; the recipe browser says why")
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await until_shown(pilot, "no port is free")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: len(starts) == 3, "it did not start")
        await pilot.press("escape")
        await until(pilot, lambda: starts[-1].cancelled, "not cancelled")
        starts[-1].done("", "fltui ended with exit code -15")
        await until_told(pilot, "the start was cancelled")
        assert pilot.app.screen is screen


async def test_enter_at_once_waits_for_the_plan_and_still_asks(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await until(pilot, lambda: "talk/one" in browser(pilot)._entries, "not listed")
        browser(pilot).grid.choose("talk/one")
        await pilot.press("enter", "enter", "enter")
        await until_shown(pilot, "did not come with fltui")
        await pilot.press("escape")
        await pilot.pause(0.3)
        assert list_runs() == []


# -- environments -----------------------------------------------------------------------------------


def in_tiny(tiny: Tiny) -> Path:
    """A recipe that needs the environment `tiny`."""
    (tiny.recipes / "common").mkdir()
    text = HELLO.replace("task: talk", "task: talk\nenvironment: tiny")
    text = text.replace('sh, -c, "echo', 'python, -c, "import tinypart; print(tinypart.SAYS)", "echo')
    folder = tiny.recipes / "talk" / "one"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(text)
    return folder / "recipe.yaml"


async def test_enter_builds_what_is_missing_with_a_bar_and_runs_in_it(tiny: Tiny, slow_index) -> None:
    in_tiny(tiny)
    async with FltuiApp(recipes=tiny.recipes).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await until_shown(pilot, "↓ to build")
        await pilot.press("enter")
        await agree(pilot)
        await until(pilot, slow_index.asked.is_set, "the build did not begin")
        await until_shown(pilot, "tiny  downloading")
        await until_shown(pilot, "cancel the build")
        slow_index.let_go.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it did not start")
        await until_shown(pilot, "1.0")
        await until(pilot, lambda: list_runs()[0].verdict is not None, "no verdict")
        await pilot.press("q")
        await until_shown(pilot, "▸✓ ok")
        await until_shown(pilot, "needs ✓ tiny")
        await pilot.press("b")
        await until_told(pilot, "is built: tiny")


async def test_a_cancelled_build_leaves_nothing_and_the_app_answers_meanwhile(tiny: Tiny, slow_index) -> None:
    in_tiny(tiny)
    async with FltuiApp(recipes=tiny.recipes).run_test(size=(80, 24)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("b")
        await until(pilot, slow_index.asked.is_set, "the build did not begin")
        assert tiny.builds, "nothing was begun, so nothing is shown"
        await pilot.press("2")
        await until_shown(pilot, "framework own")
        await pilot.press("escape", "escape")
        await until_told(pilot, "nothing of it is left")
        assert tiny.builds == []
        await until_shown(pilot, "↓ to build")


async def test_quitting_during_a_build_asks_and_takes_the_build_along(tiny: Tiny, slow_index) -> None:
    in_tiny(tiny)
    app = FltuiApp(recipes=tiny.recipes)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("b")
        await until(pilot, slow_index.asked.is_set, "the build did not begin")
        await pilot.press("q")
        await until_shown(pilot, "An environment is being built.")
        await pilot.press("escape")
        assert app.is_running
        await pilot.press("ctrl+c")
        await until_shown(pilot, "An environment is being built.")
        await pilot.press("c")
        await until(pilot, lambda: not app.is_running, "it did not leave")
    assert tiny.builds == []


async def test_a_licence_is_shown_whole_and_asked_before_anything_is_fetched(tiny: Tiny) -> None:
    tiny.describe('licence = "Any use of this must be under the NDA."\n')
    in_tiny(tiny)
    async with FltuiApp(recipes=tiny.recipes).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("b")
        await until_shown(pilot, "Any use of this must be under the NDA.")
        assert "fltui env create tiny --accept-licence tiny" in text_of(pilot)
        await pilot.press("n")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Ask), "the question stays")
        assert tiny.builds == []
        await pilot.press("b", "y")
        await until_told(pilot, "Enter runs the recipe")
        assert len(tiny.builds) == 1


async def test_a_build_that_fails_says_why_until_it_was_read(tiny: Tiny) -> None:
    tiny.check("import sys; sys.exit('the part does not fit')")
    in_tiny(tiny)
    async with FltuiApp(recipes=tiny.recipes).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("b")
        await until_shown(pilot, "The environment could not be built")
        assert "the part does not fit" in text_of(pilot)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, BrowserScreen)
        assert tiny.builds == []
