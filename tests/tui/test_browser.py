"""The recipe browser on real recipes and environments: what it shows, what its keys do."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from app_pilot import text_of, until, until_gone, until_shown, write
from recipe_shelf import HELLO, Shelf, agree, at, browser, until_told
from synthetic_runs import SyntheticRun, held
from textual import events

from fltui.facts.site import runs_folder
from fltui.record.runs import list_runs
from fltui.record.snapshot import snapshot_of
from fltui.tui.app import FltuiApp
from fltui.tui.preview import files_of
from fltui.tui.screens.run import RunScreen

# -- what it shows ----------------------------------------------------------------------------------


async def test_fields_and_the_filter_take_none_of_several_pasted_lines(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34), notifications=True) as pilot:
        screen = await at(pilot, "talk/one")
        for key, place in (("p", "a field"), ("slash", "the filter")):
            await pilot.press(key)
            pilot.app.post_message(events.Paste("5\n7\n"))
            await until_told(pilot, "2 lines were pasted")
            assert (screen.form.sets, screen.grid.only) == ({}, ""), place
            pilot.app._notifications.clear()
            await pilot.press("escape")


async def test_what_the_filter_hides_is_not_run(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34), notifications=True) as pilot:
        screen = await at(pilot, "talk/one")
        await pilot.press("slash", *"qqqq", "enter", "enter", "s", "D")
        await until_told(pilot, "no recipe matches 'qqqq'")
        await until_shown(pilot, "no recipe is chosen")
        assert (screen.busy, list_runs(), pilot.app.screen) == ("", [], screen)
        await pilot.press("escape")
        await until(pilot, lambda: screen.entry is not None, "Esc does not bring the recipes back")


async def test_a_cell_tells_verdict_accuracy_and_life(shelf: Shelf) -> None:
    for name in ("talk/one", "talk/two", "talk/three"):
        shelf.put(name)
    good = SyntheticRun(runs_folder() / "20261124-101500-talk-one-aaaa", title="talk/one").whole()
    SyntheticRun(runs_folder() / "20261124-101501-talk-two-bbbb", title="talk/two").failed()
    living = SyntheticRun(runs_folder() / "20261124-101502-talk-three-cccc", title="talk/three").waiting()
    with held(living):
        async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
            await at(pilot, "talk/one")
            await until_shown(pilot, "1 live")
            rows = text_of(pilot).splitlines()
            assert re.search(r"✓ \.803", next(row for row in rows if row.startswith(" one ")))
            assert "✗ failed" in next(row for row in rows if row.startswith(" two "))
            assert "● live" in next(row for row in rows if row.startswith(" three "))
            assert "accuracy .803" in text_of(pilot)
            await pilot.press("4")
            await until_shown(pilot, good.name)
            await pilot.press("v")
            await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run is not shown")


async def test_a_broken_recipe_is_listed_with_its_error_and_mended_on_the_spot(shelf: Shelf) -> None:
    file = shelf.put("talk/one", HELLO.replace("role: server", "rule: server"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await until_shown(pilot, "✗ broken")
        await until_shown(pilot, "did you mean role?")
        assert "1 broken" in text_of(pilot)
        await pilot.press("enter", "2", "3", "b", "s")
        assert list_runs() == []
        file.write_text(HELLO)
        await until_shown(pilot, "Says hello")
        await until_gone(pilot, "1 broken")


async def test_broken_recipes_make_no_columns_of_their_own(shelf: Shelf) -> None:
    shelf.put("one/a")
    for name in ("bad-one", "bad-two"):
        shelf.put(name, "schema: [")
    shelf.put("bad-three", HELLO.replace("schema: 1", "schema: 99"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(200, 50)) as pilot:
        grid = (await at(pilot, "bad-three")).grid
        assert [task for task in grid.tasks if task.startswith("bad")] == []
        columns = {entry.name: entry.task for entry in grid.shown()}
        assert (columns["bad-one"], columns["bad-two"], columns["bad-three"]) == ("broken", "broken", "talk")


async def test_the_edge_says_where_the_others_are(shelf: Shelf) -> None:
    for task in range(6):
        shelf.put(f"task-{task}/a", HELLO.replace("task: talk", f"task: zz{task}"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(80, 24)) as pilot:
        await at(pilot, "task-0/a")
        await until(
            pilot, lambda: re.search(r"beyond the edge: \d+ left, \d+ right", text_of(pilot)), "no direction"
        )


async def test_a_page_of_its_own_says_that_esc_comes_back(shelf: Shelf) -> None:
    shelf.put("one/a")
    async with FltuiApp(recipes=shelf.root).run_test(size=(80, 24)) as pilot:
        await at(pilot, "one/a")
        assert "Esc" not in text_of(pilot).splitlines()[-1]
        for page in "1234":
            await pilot.press(page)
            await until_shown(pilot, "Esc back")
            await pilot.press("escape")
            await until_gone(pilot, "Esc back")


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (200, 50)])
async def test_the_help_of_a_field_can_be_read_in_full(shelf: Shelf, size: tuple[int, int]) -> None:
    words = "so many words of help that no line beside a field could ever hold them all, up to the very end"
    shelf.put("one/a", HELLO.replace("help: How often", f"help: '{words}'"))
    async with FltuiApp(recipes=shelf.root).run_test(size=size) as pilot:
        await at(pilot, "one/a")
        await pilot.press("p")
        await until(pilot, lambda: "very end" in text_of(pilot), "the help is cut")


async def test_copying_says_what_became_of_it(shelf: Shelf) -> None:
    shelf.put("one/a")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "one/a")
        await pilot.press("y")
        await until_told(pilot, "sent to the terminal's clipboard")
        await pilot.press("p", "9", "9", "enter", "y")
        await until_told(pilot, "the command is invalid (rounds: ")


async def test_edits_show_by_themselves_and_what_was_typed_stays(shelf: Shelf) -> None:
    file = shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "talk/one")
        await pilot.press("p", "end", "backspace", "5", "enter")
        assert screen.form.sets == {"rounds": "5"}
        file.write_text(HELLO.replace("Says hello", "Says good bye") + "guide: read.md\n")
        (file.parent / "read.md").write_text("# What it says\n\nGood bye.\n")
        await until_shown(pilot, "Says good bye")
        await until_shown(pilot, "What it says")
        (file.parent / "read.md").write_text("# What it says\n\nAu revoir.\n")
        await until_shown(pilot, "Au revoir.")
        assert screen.form.sets == {"rounds": "5"}


async def test_the_pages_show_plan_files_and_last_run(shelf: Shelf) -> None:
    shelf.put("talk/one", client_py="print('the client')\n")
    for size in [(120, 34), (80, 24)]:
        async with FltuiApp(recipes=shelf.root).run_test(size=size) as pilot:
            await at(pilot, "talk/one")
            await pilot.press("2")
            await until_shown(pilot, "echo hello 3 high")
            await pilot.press("3", "full_stop")
            await until_shown(pilot, "print('the client')")
            assert browser(pilot).pages.file == shelf.root / "talk" / "one" / "client.py"
            await pilot.press("4")
            await until_shown(pilot, "has not been run here yet")
            await pilot.press("escape")
            await until_shown(pilot, "$ fltui --recipes")


def test_what_is_hidden_beside_a_recipe_is_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("recipe.yaml", "a.py", "inner/b.py", ".venv/lib/c.py", "__pycache__/a.pyc", ".hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    scandir, seen = os.scandir, []
    monkeypatch.setattr(os, "scandir", lambda path: seen.append(str(path)) or scandir(path))
    found = files_of(tmp_path / "recipe.yaml")
    assert [str(path.relative_to(tmp_path)) for path in found] == ["recipe.yaml", "a.py", "inner/b.py"]
    assert seen == [str(tmp_path), str(tmp_path / "inner")]


async def test_the_data_of_a_task_is_told_above_its_column(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("talk/one")
    (shelf.root / "common" / "talk").mkdir()
    (shelf.root / "common" / "talk" / "data.toml").write_text(
        'size = "7 MB"\nin = "talk"\nfiles = ["words.zip"]\n'
    )
    monkeypatch.setenv("FLTUI_DATA", str(shelf.root / "data"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(160, 40)) as pilot:
        await at(pilot, "talk/one")
        await until_shown(pilot, "↓ 7 MB")
        (shelf.root / "data" / "talk").mkdir(parents=True)
        (shelf.root / "data" / "talk" / "words.zip").touch()
        await until_shown(pilot, "✓ 7 MB")


async def test_a_filter_leaves_what_matches_and_escape_takes_it_away(shelf: Shelf) -> None:
    shelf.put("talk/one")
    shelf.put("talk/two", HELLO.replace("Says hello", "Whispers"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "talk/one")
        await pilot.press("slash", *"whisp")
        await until(pilot, lambda: [e.name for e in screen.grid.shown()] == ["talk/two"], "not filtered")
        await until(pilot, lambda: screen.entry is not None and screen.entry.name == "talk/two", "not chosen")
        await pilot.press("enter")
        assert pilot.app.focused is None
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.grid.shown()) > 2, "the filter stayed")


async def test_every_recipe_is_reached_by_arrows_in_a_small_terminal(shelf: Shelf) -> None:
    names = {f"{task}/{row}" for task in ("talk", "song", "play", "film") for row in "abcdefg"}
    for name in names:
        shelf.put(name, HELLO.replace("task: talk", f"task: {name.partition('/')[0]}"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(60, 20)) as pilot:
        screen = await at(pilot, "film/a")
        screen.grid.filter("own")
        assert set(screen.grid.beyond) == {"right", "below"}
        seen: set[str] = set()
        for sideways in range(4):
            for _ in range(7):
                seen.add(screen.grid.chosen)
                assert screen.grid.chosen.partition("/")[0] in text_of(pilot)
                await pilot.press("down" if sideways % 2 == 0 else "up")
            await pilot.press("right")
        assert seen == names


# -- parameters -------------------------------------------------------------------------------------


async def test_a_wrong_value_is_told_beside_its_field_and_nothing_runs(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "talk/one")
        await pilot.press("p", "end", "backspace", "9", "9")
        await until_shown(pilot, "is at most 9, not 99")
        await pilot.press("escape", "enter")
        await until_shown(pilot, "cannot run")
        assert list_runs() == []
        await pilot.press("r")
        await until_gone(pilot, "cannot run")
        assert screen.form.sets == {}


async def test_what_keeps_it_from_running_is_cut_in_a_narrow_footer_and_not_left_out(shelf: Shelf) -> None:
    shelf.put("talk/one")
    async with FltuiApp(recipes=shelf.root).run_test(size=(40, 24)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("p", "end", "backspace", "9", "9", "escape")
        await until(pilot, lambda: "Enter cannot run, " in (text_of(pilot).splitlines()[-1]), "not told")
        footer = text_of(pilot).splitlines()[-1]
        assert "…" in footer
        assert footer.rstrip().endswith("? help")


async def test_a_choice_is_turned_by_the_arrows_and_the_line_to_copy_follows(shelf: Shelf) -> None:
    shelf.put("talk/one")
    app = FltuiApp(recipes=shelf.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("p", "down", "down", "tab", "down", "escape")
        line = f"fltui --recipes {shelf.root} --run talk/one --set loud=true --set voice=low"
        await until(pilot, lambda: "voice=low" in text_of(pilot), "the line is old")
        await pilot.press("y")
        assert app.clipboard == line


async def test_a_secret_goes_through_memory_and_a_missing_input_is_asked_for(shelf: Shelf) -> None:
    text = HELLO + "inputs:\n  token: {help: from your page, secret: true}\n  place: {help: a town}\n"
    text = text.replace("${{ params.voice }}", "${{ inputs.place }} $TOKEN")
    text += "env: {TOKEN: '${{ inputs.token }}'}\n"
    shelf.put("talk/one", text)
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        await at(pilot, "talk/one")
        await pilot.press("enter")
        await until_told(pilot, "needs token: from your page")
        assert list_runs() == []
        await write(pilot, "hunter2hunter2")
        await pilot.press("enter", "enter")
        await until_told(pilot, "needs place: a town")
        await write(pilot, "Bern")
        await pilot.press("enter")
        assert "hunter2" not in text_of(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard.endswith("--set place=Bern --set token=@FILE")
        await pilot.press("enter")
        await agree(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "it did not start")
        await until_shown(pilot, "**************")
    [run] = list_runs()
    assert b"Bern" in (run.folder / "logs" / "server.log").read_bytes()
    assert all(b"hunter2" not in p.read_bytes() for p in run.folder.rglob("*") if p.is_file())


def test_a_finished_run_is_opened_once_however_often_the_list_is_read(
    own_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fltui.tui import known_runs

    SyntheticRun(runs_folder() / "20261124-101500-a-aaaa").whole()
    opened: list[Path] = []
    real = known_runs.entry_of

    def counted(folder: Path) -> object:
        opened.append(folder)
        return real(folder)

    monkeypatch.setattr(known_runs, "entry_of", counted)
    known = known_runs.KnownRuns()
    assert [known.read()[0].verdict for _ in range(5)] == ["ok"] * 5
    assert len(opened) == 1
    assert snapshot_of(opened[0]).ended


async def test_a_device_is_chosen_by_the_arrows_or_typed(shelf: Shelf) -> None:
    shelf.put(
        "one/a",
        HELLO.replace("params:\n", "params:\n  device: {type: device, default: auto, help: Where}\n", 1),
    )
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "one/a")
        await pilot.press("p", "down", "down")
        assert screen.form.sets == {"device": "cuda"}
        await until_shown(pilot, "auto, cpu, cuda, cuda:N  Where")
        await pilot.press("end", *":1")
        await until(pilot, lambda: screen.form.sets == {"device": "cuda:1"}, "no second GPU")
        assert screen.form.errors == []
        await pilot.press("end", *"st")
        await until(pilot, lambda: screen.form.errors, "a wrong device is taken")
        assert screen.form.errors == ["device: takes auto, cpu, cuda or cuda:N, not 'cuda:1st'"]


async def test_down_goes_to_the_next_row_where_its_column_ends_and_a_filter_knows_tasks(shelf: Shelf) -> None:
    shelf.put("a/one")
    shelf.put("b/two", HELLO.replace("task: talk", "task: walk"))
    shelf.put("c/three", HELLO.replace("task: talk", "task: walk"))
    async with FltuiApp(recipes=shelf.root).run_test(size=(120, 34)) as pilot:
        screen = await at(pilot, "a/one")
        screen.grid.filter("own")
        order = [entry.name for entry in screen.grid.shown()]
        screen.grid.choose(order[0])
        seen = [order[0]]
        for _ in range(2):
            await pilot.press("down")
            seen.append(screen.grid.chosen)
        assert sorted(seen) == sorted(order), seen
        await pilot.press("down")
        assert screen.grid.chosen == seen[-1], "there is nothing below"
        screen.grid.filter("walk")
        assert [entry.name for entry in screen.grid.shown()] == ["b/two", "c/three"]
