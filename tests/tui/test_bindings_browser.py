"""Every key of the recipe browser, pressed, and what it does seen; a table guards that none is left out."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from app_pilot import text_of, until, until_gone, until_shown
from synthetic_runs import SyntheticRun
from textual.pilot import Pilot

from fltui.facts.site import runs_folder
from fltui.record.runs import list_runs
from fltui.tui.app import FltuiApp
from fltui.tui.screens.browser import BrowserScreen
from fltui.tui.screens.browser_keys import BROWSER_KEYS
from fltui.tui.screens.history import HistoryScreen
from fltui.tui.screens.run import RunScreen

HELLO = """
schema: 1
title: Says hello
framework: {framework}
task: {task}
params:
  rounds: {{type: int, default: 3, min: 1, max: 9, help: How often}}
processes:
  server: {{role: server, argv: [sh, -c, "echo hello ${{{{ params.rounds }}}}"]}}
guide: {guide}
"""
GUIDE = "About this recipe. " + " ".join(
    f"Paragraph {n} is long enough to need a page of its own." for n in range(90)
)
Doing = Callable[[Pilot[int]], Awaitable[None]]


def browser(pilot: Pilot[int]) -> BrowserScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, BrowserScreen))


def chosen(pilot: Pilot[int]) -> str:
    entry = browser(pilot).entry
    return entry.name if entry is not None else ""


async def until_chosen(pilot: Pilot[int], name: str) -> None:
    await until(pilot, lambda: chosen(pilot) == name, f"{name} is not chosen, {chosen(pilot)} is")


async def consent(pilot: Pilot[int]) -> None:
    await until_shown(pilot, "did not come with fltui")
    await pilot.press("y")


async def runs_and_watches(pilot: Pilot[int]) -> None:
    await pilot.press("enter")
    await consent(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run is shown")
    await until_shown(pilot, "hello 3")
    await until(pilot, lambda: not any(run.alive for run in list_runs()), "the run did not end")


async def runs_in_steps(pilot: Pilot[int]) -> None:
    await pilot.press("s")
    await until_shown(pilot, "this recipe has no steps")
    await consent(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run is shown")
    await until(pilot, lambda: not any(run.alive for run in list_runs()), "the run did not end")


async def runs_detached(pilot: Pilot[int]) -> None:
    await pilot.press("D")
    await consent(pilot)
    await until(pilot, lambda: [run.verdict for run in list_runs()] == ["ok", "ok"], "it did not run")
    assert isinstance(pilot.app.screen, BrowserScreen)


async def moves(pilot: Pilot[int]) -> None:
    await pilot.press("down")
    await until_chosen(pilot, "one/b")
    await pilot.press("k")
    await until_chosen(pilot, "one/a")
    await pilot.press("j", "up")
    await until_chosen(pilot, "one/a")
    await pilot.press("right")
    await until(pilot, lambda: chosen(pilot).startswith("two/"), "not to the right")
    await pilot.press("h")
    await until_chosen(pilot, "one/a")
    await pilot.press("l", "left")
    await until_chosen(pilot, "one/a")


async def filters(pilot: Pilot[int]) -> None:
    await pilot.press("slash", *"two")
    await until(pilot, lambda: chosen(pilot).startswith("two/"), "the filter leaves others")
    await until_gone(pilot, "one")


async def edits_parameters_and_resets(pilot: Pilot[int]) -> None:
    await pilot.press("p", "7", "enter")
    await until(pilot, lambda: browser(pilot).form.sets == {"rounds": "7"}, "the parameter is not taken")
    await until_shown(pilot, "--set rounds=7")
    await pilot.press("r")
    await until_gone(pilot, "--set rounds=7")
    assert browser(pilot).form.sets == {}


async def copies(pilot: Pilot[int]) -> None:
    await pilot.press("y")
    await until(pilot, lambda: "--run one/a" in pilot.app.clipboard, "nothing on the clipboard")


async def builds(pilot: Pilot[int]) -> None:
    await pilot.press("b")
    await until(
        pilot,
        lambda: any(
            "built" in note.message or "no environment" in note.message for note in pilot.app._notifications
        ),
        "it says nothing of environments",
    )


async def opens_the_editor(pilot: Pilot[int]) -> None:
    opened: list[Path] = []
    pilot.app.edit_file = lambda path: opened.append(path)  # type: ignore[attr-defined]
    await pilot.press("e")
    assert [path.name for path in opened] == ["recipe.yaml"]
    await pilot.press("3")
    await until_shown(pilot, "notes.txt")
    for _ in range(4):
        await pilot.press("full_stop")
        await pilot.pause(0.1)
        if "a note" in text_of(pilot):
            break
    await until_shown(pilot, "a note")
    await pilot.press("e")
    assert opened[-1].name == "notes.txt"
    await pilot.press("comma")
    await until_gone(pilot, "a note")


async def turns_pages(pilot: Pilot[int]) -> None:
    for key, shows in (("2", "sh -c"), ("4", "3 of 3"), ("3", "notes.txt"), ("1", "About this recipe")):
        await pilot.press(key)
        await until_shown(pilot, shows)


async def scrolls(pilot: Pilot[int]) -> None:
    await until_shown(pilot, "About this recipe")
    for down in ("pagedown", "space"):
        await pilot.press(down)
        await until_gone(pilot, "About this recipe")
        await pilot.press("pageup")
        await until_shown(pilot, "About this recipe")


async def opens_the_last_run(pilot: Pilot[int]) -> None:
    await pilot.press("v")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run is shown")
    await until_shown(pilot, "3 of 3 rounds")


async def opens_the_history(pilot: Pilot[int]) -> None:
    await pilot.press("H")
    await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen), "no history")


async def goes_back_out_of_a_field(pilot: Pilot[int]) -> None:
    await pilot.press("p")
    await until(pilot, lambda: browser(pilot).form.typing, "no field has the keys")
    await pilot.press("escape")
    await until(pilot, lambda: not browser(pilot).form.typing, "the field keeps the keys")
    assert isinstance(pilot.app.screen, BrowserScreen)


async def helps(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark")
    await until_shown(pilot, "keys: ")
    await until_shown(pilot, "run it in step mode")


async def quits(pilot: Pilot[int]) -> None:
    await pilot.press("q")
    await until(pilot, lambda: not pilot.app.is_running, "it did not leave")


DOES: dict[str, Doing] = {
    "browser.run": runs_and_watches,
    "browser.step": runs_in_steps,
    "browser.detached": runs_detached,
    **dict.fromkeys(("browser.left", "browser.right", "browser.up", "browser.down"), moves),
    "browser.filter": filters,
    **dict.fromkeys(("browser.params", "browser.reset"), edits_parameters_and_resets),
    "browser.build": builds,
    "browser.copy": copies,
    **dict.fromkeys(("browser.edit", "browser.file_before", "browser.file_after"), opens_the_editor),
    **dict.fromkeys(("browser.guide", "browser.plan", "browser.files", "browser.last"), turns_pages),
    **dict.fromkeys(("browser.page_up", "browser.page_down"), scrolls),
    "browser.open": opens_the_last_run,
    "browser.history": opens_the_history,
    "browser.back": goes_back_out_of_a_field,
    "browser.help": helps,
    "browser.quit": quits,
}


@pytest.fixture
def shelf(tmp_path: Path, own_site: Path) -> Path:
    """Three recipes in two tasks, the first of which has run once."""
    root = tmp_path / "recipes"
    for name in ("one/a", "one/b", "two/a"):
        task, _, framework = name.partition("/")
        (root / name).mkdir(parents=True)
        text = HELLO.format(framework=framework, task=task, guide=GUIDE)
        (root / name / "recipe.yaml").write_text(textwrap.dedent(text))
        (root / name / "notes.txt").write_text("a note\n")
    (root / "common").mkdir()
    (root / "environments").mkdir()
    SyntheticRun(runs_folder() / "20261124-101500-one-a-k3f9", title="one/a").whole()
    return root


def test_every_binding_of_the_browser_has_a_test() -> None:
    assert DOES.keys() == {key.id for key in BROWSER_KEYS}


@pytest.mark.parametrize(
    "does", sorted(set(DOES.values()), key=lambda f: f.__name__), ids=lambda f: f.__name__
)
async def test_the_key_of_the_browser_does_what_the_table_says(does: Doing, shelf: Path) -> None:
    async with FltuiApp(recipes=shelf).run_test(size=(120, 34), notifications=True) as pilot:
        await until(pilot, lambda: "one/a" in browser(pilot)._entries, "the recipes are not read")
        browser(pilot).grid.choose("one/a")
        await until(pilot, lambda: browser(pilot).preview is not None, "no plan")
        await until(pilot, lambda: browser(pilot).entry.last is not None, "no last run")  # type: ignore[union-attr]
        await does(pilot)
