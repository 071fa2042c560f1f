"""Every key of the run screen, on a run of known lines; a table of all keys guards that none is left out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_gone, until_shown
from engines import Engines, Run, python, sh
from textual.pilot import Pilot

from fltui.facts.plan import Step
from fltui.tui.app import FltuiApp
from fltui.tui.screens.run import RunScreen
from fltui.tui.screens.run_keys import PANE_LETTERS, RUN_KEYS
from fltui.tui.widgets.log_lines import LogLines

LINES = (
    "for n in range(1000):\n"
    "    level = 'ERROR' if n % 100 == 99 else 'WARNING' if n % 50 == 49 else 'INFO'\n"
    "    print(f'10:16:{n % 60:02},{n % 1000:03} some.module {level} line {n} ' + 'x' * (n % 7))\n"
    "print('y' * 300)\n"
)
PARTS = r"(?P<time>\S+) \S+ (?P<level>[A-Z]+) (?P<message>.*)"
Doing = Callable[[Pilot[int], Run], Awaitable[None]]


def lines_of(pilot: Pilot[int]) -> LogLines:
    pane = screen_of(pilot).pane
    assert pane is not None
    return pane.lines


def typed(run: Run) -> list[str]:
    return [event["data"]["text"] for event in run.of_kind("input")]


async def live(pilot: Pilot[int]) -> None:
    await until_shown(pilot, "yyyy")


# -- what each key does: (id of the binding, what is done and seen) -------------------------------


async def enter_does_the_step(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: run.of_kind("input"), "nothing was sent")


async def e_edits_the_step(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("e", "S", "enter")
    await until(pilot, lambda: "GOS" in typed(run), "not edited")
    assert "GO" not in typed(run)


async def x_skips_it(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("x")
    await until(pilot, lambda: "skipped" in str(run.of_kind("step")), "not skipped")
    assert "GO" not in typed(run)


async def a_lets_all_go(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("A")
    await until(pilot, lambda: len(run.of_kind("input")) == 2, "the rest did not run")


async def m_makes_automatic_steps_wait(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("M", "enter")
    await until(pilot, lambda: len(run.of_kind("input")) == 1, "the first did not go")
    await until(pilot, lambda: screen_of(pilot).snapshot.asking[0].name == "automatic", "it did not wait")


async def i_types(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("i", *"hello", "enter")
    await until(pilot, lambda: run.of_kind("input"), "nothing was sent")
    assert run.of_kind("input")[0]["data"]["text"] == "hello"
    await pilot.press("up")
    assert screen_of(pilot).pane.input_line.value == "hello"  # type: ignore[union-attr]
    await pilot.press("down", "escape")
    assert not screen_of(pilot).typing


async def n_goes_to_who_waits(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("b", "n")
    assert screen_of(pilot).chosen == "server"


async def tab_goes_on(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("tab")
    assert screen_of(pilot).chosen == "client-1"


async def shift_tab_goes_back(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("shift+tab")
    assert screen_of(pilot).chosen == "client-8"


async def z_zooms(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("z")
    assert [name for name, pane in screen_of(pilot).panes.items() if not pane.has_class("hidden")] == [
        "server"
    ]
    await pilot.press("z")
    assert not screen_of(pilot).zoomed


async def movements(pilot: Pilot[int], run: Run) -> None:
    lines = lines_of(pilot)
    end = lines.top_offset
    await pilot.press("up")
    assert (lines.following, lines.top_offset < end) == (False, True)
    assert "paused" in text_of(pilot)
    one = lines.top_offset
    await pilot.press("pageup")
    page = lines.top_offset
    assert page < one
    await pilot.press("down")
    assert page < lines.top_offset < one
    await pilot.press("pagedown", "pagedown")
    assert lines.following
    await pilot.press("home")
    assert lines.top_offset == 0
    await pilot.press("end")
    assert lines.following
    await pilot.press("home", "f")
    assert lines.following


async def searches(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("slash", *r"line \d*77 ", "enter")
    await until_shown(pilot, "match 10 of 10   line 978")
    await pilot.press("comma")
    await until_shown(pilot, "match 9 of 10   line 878")
    await pilot.press("full_stop")
    await until_shown(pilot, "match 10 of 10   line 978")
    await pilot.press("full_stop")
    await until_shown(pilot, "no match that way")
    await pilot.press("slash", *"(((")
    await until_shown(pilot, "no regular expression")
    await pilot.press("escape")
    assert lines_of(pilot).look_of.pattern is None
    await pilot.press("f", "slash", *"line")
    await until(pilot, lambda: not lines_of(pilot).following, "the first letters do not match")
    await pilot.press(*"qq")
    await until(pilot, lambda: lines_of(pilot).following, "it does not follow again")
    await until_shown(pilot, "no match")
    await pilot.press("escape")
    assert lines_of(pilot).following


async def filters(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("z", "ampersand", *r"line 99\d", "enter")
    await until(pilot, lambda: len(lines_of(pilot).visible_lines) == 10, "not ten lines")
    assert "& line 99" in text_of(pilot)
    await pilot.press("home", "up", "down", "f", "exclamation_mark")
    await until(pilot, lambda: len(lines_of(pilot).visible_lines) == 1, "not one line")
    await pilot.press("ampersand", "escape")
    await until_gone(pilot, "& line 99")
    await pilot.press("exclamation_mark", "ampersand", *"qqq")
    await until_shown(pilot, "0 of 1,001 lines")
    await pilot.press("escape")
    await until_gone(pilot, "0 of 1,001 lines")
    for keys in (("ampersand", *"line 99", "enter"), ("exclamation_mark",)):
        await pilot.press(*keys)
        await until_shown(pilot, "Esc ends the filter")
        await pilot.press("escape")
        await until_gone(pilot, "Esc ends the filter")
        assert isinstance(pilot.app.screen, RunScreen)
        assert not lines_of(pilot).narrowed


async def levels(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("z", "exclamation_mark")
    await until_shown(pilot, "warnings")
    assert all(b"INFO" not in line.data for line in lines_of(pilot).visible_lines)
    await pilot.press("exclamation_mark")
    await until(pilot, lambda: len(lines_of(pilot).visible_lines) == 10, "not ten errors")
    await pilot.press("exclamation_mark")
    await until_shown(pilot, "yyyy")


async def goes_to(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("colon", *"500", "enter")
    await until(pilot, lambda: "line 499 " in lines_of(pilot).visible_text, "line 500 is not shown")
    await pilot.press("colon", *"9999999", "enter")
    await until_shown(pilot, "fewer than 9,999,999 lines")
    await pilot.press("colon", *"r1", "enter")
    await until(pilot, lambda: "line 998" not in lines_of(pilot).visible_text, "round 1 is not shown")
    await pilot.press("colon", *"someday", "enter")
    await until_shown(pilot, "someday is no line")
    await pilot.press("colon", *"77:77", "enter")
    await until_shown(pilot, "77:77 is no line")


async def wraps(pilot: Pilot[int], run: Run) -> None:
    def rows() -> int:
        return len([row for row in text_of(pilot).splitlines() if "yyyy" in row])

    assert rows() == 1
    await pilot.press("w")
    await until(pilot, lambda: rows() > 1, "it is not wrapped")


async def shows_times(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("t")
    await until(pilot, lambda: re.search(r"\d\d:\d\d:\d\d yyyy", text_of(pilot)), "no time is shown")


async def numbers(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("number_sign")
    await until_shown(pilot, "1001 yyyy")


async def raw_or_short(pilot: Pilot[int], run: Run) -> None:
    await until_shown(pilot, "I line 998 ")
    assert "some.module" not in text_of(pilot)
    await pilot.press("v")
    await until_shown(pilot, "some.module INFO line 998")


async def local_curves(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("L")
    await until_shown(pilot, "local and global")


async def marks(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("m", *"so", "escape", "m", "enter")
    await until_shown(pilot, "person: at server")
    await pilot.press("m", *"so far so good", "enter")
    await until_shown(pilot, "person: so far so good")
    assert len(run.of_kind("mark")) == 2


async def copies(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("y")
    assert "some.module INFO line 998 " in pilot.app.clipboard


async def saves(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("s")
    target = run.folder / "saved.txt"
    await pilot.press("ctrl+u", *[{"/": "slash"}.get(c, c) for c in str(target)], "enter")
    await until(pilot, target.exists, "nothing was saved")
    assert "some.module INFO line 998 " in target.read_text()


async def opens(pilot: Pilot[int], run: Run) -> None:
    opened: list[tuple[Path, int | None]] = []
    pilot.app.open_file = lambda *what: opened.append(what)  # type: ignore[attr-defined]
    log = run.folder / "logs" / "server.log"
    await pilot.press("o", "home", "o")
    assert opened == [(log, None), (log, 1)]


async def stops(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("S", "s")
    await until(pilot, lambda: run.of_kind("stop"), "it was not stopped")


async def helps(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("question_mark")
    await until_shown(pilot, "Type GO into server?")
    await pilot.press("question_mark")
    await until_shown(pilot, "keys: one run")
    await pilot.press("escape", "b", "question_mark")
    await until_shown(pilot, "keys: one run")


async def leaves(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("q")
    await until_shown(pilot, "is running")
    await pilot.press("escape")
    await until_gone(pilot, "is running")
    await pilot.press("escape", "d")
    await until(pilot, lambda: not pilot.app.is_running, "it did not leave")


async def escape_ends_a_search_and_only_then_leaves(pilot: Pilot[int], run: Run) -> None:
    def footer() -> str:
        return text_of(pilot).splitlines()[-1]

    await pilot.press("slash", *r"line \d*77 ", "enter")
    await until_shown(pilot, "match 10 of 10   line 978")
    await until(pilot, lambda: ". , matches  Esc ends the search" in footer(), "the keys of a kept search")
    await pilot.press("escape")
    await until_gone(pilot, "match 10 of 10")
    assert lines_of(pilot).look_of.pattern is None
    assert (". ," in footer(), lines_of(pilot).following) == (False, False)
    await pilot.press("slash", *"qqq", "enter")
    await until_shown(pilot, "no match")
    await until(pilot, lambda: "Esc ends the search" in footer(), "it does not say how to end it")
    assert ". ," not in footer()
    await pilot.press("escape")
    await until_gone(pilot, "no match")
    assert isinstance(pilot.app.screen, RunScreen)
    await pilot.press("escape")
    await until_shown(pilot, "is running")
    await pilot.press("escape")


async def detaches(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("d")
    await until(pilot, lambda: not pilot.app.is_running, "it did not leave")


async def again_waits_for_the_end(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("R")
    await until_shown(pilot, "it still runs")


async def letters_choose(pilot: Pilot[int], run: Run) -> None:
    screen = screen_of(pilot)
    for name, letter in zip(screen.names, PANE_LETTERS, strict=True):
        await pilot.press(letter)
        assert screen.chosen == name


async def guides(pilot: Pilot[int], run: Run) -> None:
    await until_shown(pilot, "G hides")
    await pilot.press("G")
    await until(pilot, lambda: screen_of(pilot).has_class("no-guide"), "it is not hidden")
    await pilot.resize_terminal(80, 24)
    await until(pilot, lambda: screen_of(pilot).has_class("narrow"), "it is not narrow")
    await pilot.press("G")
    await until_shown(pilot, "holds no guide")
    await pilot.press("escape")
    assert pilot.app.screen is screen_of(pilot)


async def draws_who_connects(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("g")
    await until_shown(pilot, "who connects to whom")
    await until_shown(pilot, "no ports in this recipe")
    await pilot.press(screen_of(pilot).letters["client-2"])
    await until(pilot, lambda: screen_of(pilot).chosen == "client-2", "its letter chose nothing")
    assert pilot.app.screen is screen_of(pilot)


async def shows_who_has_which_data(pilot: Pilot[int], run: Run) -> None:
    await pilot.press("D")
    await until_shown(pilot, "recorded no split of its data yet")
    await pilot.press("D")
    await until_gone(pilot, "recorded no split of its data yet")
    assert pilot.app.screen is screen_of(pilot)


async def presents(pilot: Pilot[int], run: Run) -> None:
    before = screen_of(pilot).curve.size.width
    await pilot.press("P")
    await until(pilot, lambda: screen_of(pilot).curve.size.width > before, "the plot is not larger")
    await pilot.press("P")
    await until(pilot, lambda: screen_of(pilot).curve.size.width == before, "it did not come back")


async def hides(pilot: Pilot[int], run: Run) -> None:
    screen, hidden = screen_of(pilot), screen_of(pilot).chosen
    await pilot.press("H")
    await until(pilot, lambda: screen.panes[hidden].has_class("hidden"), "it is still a pane")
    assert screen.chosen != hidden
    await pilot.press(screen.letters[hidden])
    await until(pilot, lambda: not screen.panes[hidden].has_class("hidden"), "it did not come back")


async def moves(pilot: Pilot[int], run: Run) -> None:
    screen, moved = screen_of(pilot), screen_of(pilot).chosen
    letter, at = screen.letters[moved], screen.names.index(moved)
    await pilot.press("greater_than_sign")
    assert screen.names.index(moved) == at + 1
    assert screen.letters[moved] == letter
    await pilot.press("less_than_sign", "less_than_sign", "less_than_sign")
    assert screen.names.index(moved) == 0


DOES: dict[str, Doing] = {
    "run.enter": enter_does_the_step,
    "run.edit_step": e_edits_the_step,
    "run.skip_step": x_skips_it,
    "run.auto": a_lets_all_go,
    "run.step_mode": m_makes_automatic_steps_wait,
    "run.type": i_types,
    "run.next_that_waits": n_goes_to_who_waits,
    "run.next_pane": tab_goes_on,
    "run.previous_pane": shift_tab_goes_back,
    "run.zoom": z_zooms,
    **dict.fromkeys(
        ("run.follow", "run.up", "run.down", "run.page_up", "run.page_down", "run.home", "run.end"), movements
    ),
    **dict.fromkeys(("run.search", "run.next_match", "run.previous_match"), searches),
    "run.filter": filters,
    "run.level": levels,
    "run.go_to": goes_to,
    "run.guide": guides,
    "run.topology": draws_who_connects,
    "run.split": shows_who_has_which_data,
    "run.present": presents,
    "run.hide": hides,
    **dict.fromkeys(("run.move_back", "run.move_on"), moves),
    "run.wrap": wraps,
    "run.times": shows_times,
    "run.numbers": numbers,
    "run.raw": raw_or_short,
    "run.locals": local_curves,
    "run.mark": marks,
    "run.copy": copies,
    "run.save": saves,
    "run.open": opens,
    "run.detach": detaches,
    "run.stop": stops,
    "run.again": again_waits_for_the_end,
    "run.help": helps,
    "run.back": escape_ends_a_search_and_only_then_leaves,
    "run.leave": leaves,
    **{f"run.pane_{letter}": letters_choose for letter in PANE_LETTERS},
}


@pytest.fixture
def federation(engines: Engines) -> Run:
    """A server that printed known lines and has two steps, and eight clients: one for each letter."""
    server = python(
        "server",
        LINES + "import sys\nfor line in sys.stdin: pass",
        line_parts=PARTS,
        role="server",
        steps=(
            Step("send", "GO", text="GO", mode="confirm", why="everybody waits for it"),
            Step("send", "automatic", text="ON"),
        ),
    )
    clients = [sh(f"client-{n}", "exec sleep 600") for n in range(1, 9)]
    return engines.start(server, *clients, headless=False)


def test_every_binding_has_a_test() -> None:
    assert DOES.keys() == {key.id for key in RUN_KEYS}


@pytest.mark.parametrize(
    "does", sorted(set(DOES.values()), key=lambda f: f.__name__), ids=lambda f: f.__name__
)
async def test_the_key_does_what_the_table_says(does: Doing, federation: Run) -> None:
    async with FltuiApp(federation.folder).run_test(size=(120, 34), notifications=True) as pilot:
        await live(pilot)
        await until_shown(pilot, "i types")
        await until(pilot, lambda: len(lines_of(pilot).visible_lines) > 3, "its pane has no place yet")
        await does(pilot, federation)
