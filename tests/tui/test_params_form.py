"""The form of a recipe's params: rows that are used again, and what is typed never goes to another recipe."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from app_pilot import click, text_of, until, until_gone, until_shown
from recipe_shelf import HELLO, Shelf, at, until_told
from textual.pilot import Pilot

from fltui.tui.app import FltuiApp
from fltui.tui.screens.browser import BrowserScreen
from fltui.tui.widgets.params_fields import Field

NOTE = HELLO.replace("params:", "params:\n  note: {type: str, default: '', help: A text}")
SECRET = HELLO.replace("processes:", "inputs:\n  rounds2: {secret: true, help: A secret}\nprocesses:")


def app(shelf: Shelf, size: tuple[int, int] = (120, 34)) -> tuple[FltuiApp, dict[str, object]]:
    return FltuiApp(recipes=shelf.root), {"size": size, "notifications": True}


def typed_in(screen: BrowserScreen) -> str:
    """The name of the field that has the focus."""
    field = screen.focused.parent if screen.focused else None
    return field.of.name if isinstance(field, Field) else ""


async def reread(pilot: Pilot[int], screen: BrowserScreen, name: str, touched: Path, text: str) -> None:
    """Writes a file of a recipe and waits until the browser has seen it."""
    before = screen._entries[name].stamp
    touched.write_text(text)
    await until(pilot, lambda: screen._entries[name].stamp != before, "the edit is not seen")
    await until(pilot, lambda: screen._shown_entry is screen.entry, "the edit is not shown")
    await pilot.pause()


async def test_an_edit_beside_it_leaves_the_cursor_where_somebody_types(shelf: Shelf) -> None:
    file = shelf.put("talk/one", NOTE)
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        await pilot.press("p", *"abcdef", "left", "left", "left")
        await reread(pilot, screen, "talk/one", file.parent / "notes.txt", "a note")
        await pilot.press("X")
        assert screen.form.sets == {"note": "abcXdef"}
        await reread(
            pilot,
            screen,
            "talk/one",
            file,
            NOTE.replace("params:", "params:\n  above: {type: int, default: 1}"),
        )
        await pilot.press("Y")
        assert screen.form.sets == {"note": "abcXYdef"}
        rows = [row for row in text_of(pilot).splitlines() if " above " in row or " note " in row]
        assert [row.split()[0] for row in rows[:2]] == ["above", "note"]


async def test_half_an_edit_keeps_the_field_in_which_somebody_types(shelf: Shelf) -> None:
    file = shelf.put("talk/one", NOTE)
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        await pilot.press("p", *"ab")
        await reread(pilot, screen, "talk/one", file, NOTE + "  half: [")
        await pilot.press(*"qD")
        assert (typed_in(screen), pilot.app.screen) == ("note", screen)
        await reread(pilot, screen, "talk/one", file, NOTE)
        await pilot.press("c")
        assert screen.form.sets == {"note": "abqDc"}


async def test_a_recipe_that_goes_while_somebody_types_gives_its_keys_to_no_other(shelf: Shelf) -> None:
    file = shelf.put("talk/one")
    shelf.put("talk/two")
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        await pilot.press("p", "9")
        away = shelf.root / ".away"
        shutil.move(file.parent, away)
        await until_shown(pilot, "talk/one is gone: its folder was moved or removed")
        await pilot.press("8", "enter")
        await until(pilot, lambda: screen.entry is not None and screen.entry.name != "talk/one", "it stays")
        await until_told(pilot, "talk/one is gone")
        assert screen.form.sets == {}
        shutil.move(away, file.parent)
        await until(
            pilot, lambda: screen.entry is not None and screen.entry.name == "talk/one", "it is not back"
        )


async def test_a_click_on_another_recipe_takes_the_focus_out_of_the_field(shelf: Shelf) -> None:
    shelf.put("talk/one", SECRET.replace("rounds2", "word"))
    shelf.put("talk/two", NOTE.replace("note:", "word:"))
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        screen.form.begin_at("word")
        await pilot.pause()
        await pilot.press(*"abc")
        (x, y) = next(place for place, name in screen.grid._places.items() if name == "talk/two")
        await click(pilot, screen.grid, (x + 1, y))
        await until(pilot, lambda: screen.grid.chosen == "talk/two", "the click chose nothing")
        await pilot.press("Z")
        assert (typed_in(screen), screen.form.sets) == ("", {})
        assert "abc" not in text_of(pilot)


@pytest.mark.parametrize("keys", [("shift+tab",), ("up",)])
async def test_the_field_in_which_one_types_is_on_the_screen(shelf: Shelf, keys: tuple[str, ...]) -> None:
    many = "".join(f"\n  p{n:02}: {{type: str, default: '', help: {'words ' * 30}}}" for n in range(30))
    shelf.put("talk/one", HELLO.replace("params:", f"params:{many}"))
    made, how = app(shelf, (80, 24))
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        await pilot.press("p", *keys)

        def seen() -> bool:
            field = screen.focused.parent if screen.focused else None
            return isinstance(field, Field) and screen.form.region.contains_region(field.region)

        await until(pilot, seen, f"{typed_in(screen)} is out of sight")
        await pilot.press(*"xyz")
        await until(pilot, seen, f"{typed_in(screen)} is out of sight")


async def test_a_filter_that_leaves_none_leaves_no_form(shelf: Shelf) -> None:
    shelf.put("talk/one")
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        await pilot.press("slash", *"zzzz", "enter")
        await until_gone(pilot, "How often")
        await pilot.press("p")
        await until_told(pilot, "no recipe is chosen")
        await pilot.press("7")
        assert screen.form.sets == {}
        await pilot.press("escape")
        await until_shown(pilot, "How often")
        assert screen.grid.chosen == "talk/one"


async def test_a_long_value_shows_its_beginning_also_when_one_comes_back(shelf: Shelf) -> None:
    long = "https://example.org/a/very/long/place"
    shelf.put("talk/one", NOTE.replace("default: ''", f"default: '{long}'"))
    shelf.put("talk/two")
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        await at(pilot, "talk/one")
        await until_shown(pilot, "https://exampl")
        await pilot.press("p", "end")
        await until_gone(pilot, "https://exampl")
        await pilot.press("escape")
        await until_shown(pilot, "https://exampl")
        await at(pilot, "talk/two")
        await at(pilot, "talk/one")
        await until_shown(pilot, "https://exampl")


async def test_long_names_are_told_apart_and_marked_where_they_are_cut(shelf: Shelf) -> None:
    names = "\n  shards_per_client: {type: int, default: 1}\n  learning_rate_of_the_first_server: {type: int, default: 1}"
    shelf.put("talk/one", HELLO.replace("params:", f"params:{names}"))
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        await at(pilot, "talk/one")
        await until_shown(pilot, "shards_per_client ")
        await until_shown(pilot, "learning_rate_of_the_fi…")


async def test_another_theme_reaches_the_form_at_once(shelf: Shelf) -> None:
    shelf.put("talk/one")
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        screen = await at(pilot, "talk/one")
        before = screen.form._fields[0]._help._drawn
        pilot.app.theme = "fltui-light"
        await pilot.pause()
        after = screen.form._fields[0]._help._drawn
        assert before is not None
        assert after is not None
        assert (before.plain, before.style != after.style) == (after.plain, True)


async def test_a_recipe_without_params_says_so(shelf: Shelf) -> None:
    start, _, rest = HELLO.partition("params:")
    shelf.put(
        "talk/none",
        start
        + "processes:"
        + rest.partition("processes:")[2].replace("${{ params.rounds }} ${{ params.voice }}", ""),
    )
    made, how = app(shelf)
    async with made.run_test(**how) as pilot:  # type: ignore[arg-type]
        await at(pilot, "talk/none")
        await pilot.press("p")
        await until_told(pilot, "talk/none has no parameters")
