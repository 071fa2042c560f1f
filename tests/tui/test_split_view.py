"""Who has which data, drawn: as recorded, for every number of clients and classes, and as soon as it is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from app_pilot import text_of, until, until_gone, until_shown
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot

from fltui.record.split import Split
from fltui.tui.app import FltuiApp
from fltui.tui.palette import Palette
from fltui.tui.screens.run import RunScreen
from fltui.tui.split_chart import body, plan_for

NAME = "20261124-101500-cifar10-flower-k3f9"
BAR = "█"


def split_of(clients: int, classes: int, most: int = 5_000) -> Split:
    rows = [tuple(most if k == c % classes else most // 10 for k in range(classes)) for c in range(clients)]
    return Split("own", tuple(f"c{k}" for k in range(classes)), tuple(rows), 0.5)


def drawn(split: Split, width: int = 72, height: int = 15, shares: bool = False) -> list[str]:
    names = [f"client-{n}" for n in range(1, len(split.labels) + 1)]
    plan = plan_for(split, width, height)
    return body(split, names, plan, Palette("fltui-dark"), shares).plain.splitlines()


def written(folder: Path, **value: object) -> None:
    (folder / "artifacts" / "split.json").write_text(json.dumps(value))


async def opened(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "no run screen")
    await pilot.press("D")
    await until_shown(pilot, "who has which data")


# -- the chart ------------------------------------------------------------------------------------


def test_a_bar_is_as_high_as_its_count() -> None:
    lines = drawn(Split("", ("a", "b", "c"), ((800, 400, 0),), 0.3), width=29, height=5)
    columns = ["".join(line[at] for line in lines[:-1]) for at in (12, 18, 24)]
    assert columns == ["████", "  ██", "    "]
    assert lines[-1].split()[-3:] == ["800", "400", "0"]


def test_all_clients_are_on_one_scale_and_shares_are_each_ones_own() -> None:
    unequal = Split("quantity", ("a", "b"), ((1000, 1000), (10, 10)), 0.0)
    counts, shares = drawn(unequal), drawn(unequal, shares=True)
    rows = [n for n, line in enumerate(counts) if "client-" in line]
    assert [BAR in counts[n] for n in rows] == [True, False]
    assert [BAR in shares[n] for n in rows] == [True, True]
    assert shares[-1].split()[-2:] == ["50%", "50%"]


def test_one_example_of_thousands_is_seen() -> None:
    lines = drawn(Split("", ("a", "b", "c"), ((5000, 1, 0),), 0.6), height=5)
    assert lines[-2][22:].split() == ["▁" * 9]  # b has one, c has none
    assert "1%" in "".join(drawn(Split("", ("a", "b"), ((5000, 1),), 0.5), shares=True))


def test_a_client_without_an_example_is_a_client() -> None:
    lines = drawn(Split("", ("a", "b"), ((3, 3), (0, 0)), 0.0), shares=True)
    assert lines[-1].split()[-2:] == ["0%", "0%"]
    assert "skew -" in "\n".join(lines), "it has no distribution"


@pytest.mark.parametrize("count", [7, 99_999, 123_456, 45_678_901])
def test_every_number_fits_its_column(count: int) -> None:
    lines = drawn(Split("", tuple("abcdefghij"), (tuple([count] * 10),), 0.0), width=71)
    assert max(map(len, lines)) <= 71
    assert len(lines[-1].split()) == 10


@pytest.mark.parametrize("clients", [1, 2, 3, 7, 30, 100])
@pytest.mark.parametrize("classes", [1, 2, 10, 40])
@pytest.mark.parametrize("size", [(32, 4), (72, 15), (112, 20), (192, 37)], ids=str)
def test_what_is_drawn_is_as_wide_as_planned(clients: int, classes: int, size: tuple[int, int]) -> None:
    split = split_of(clients, classes)
    plan = plan_for(split, *size)
    lines = drawn(split, *size)
    assert plan.width <= size[0]
    ends = {
        plan.one * n + 4 * (n - 1) for n in range(1, plan.across + 1)
    }  # the last row may have fewer clients
    assert {len(line) for line in lines if line} <= ends
    assert sum(len(re.findall(r"client-\d+", line)) for line in lines) == clients
    if clients * 4 - 1 <= size[1]:
        assert len(lines) <= size[1], "it scrolls though all would fit"


def test_the_last_class_is_the_furthest_one_can_go() -> None:
    plan = plan_for(split_of(2, 40), 72, 15, first=99)
    assert plan.first + plan.shown == 40


# -- on the screen --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=str)
async def test_it_shows_counts_and_skew_of_every_client(size: tuple[int, int], tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / NAME).split().whole()
    async with FltuiApp(folder, read_only=True).run_test(size=size) as pilot:
        await until_shown(pilot, "D split")
        await opened(pilot)
        await until_shown(pilot, "split class_focus, 3 clients, 10 classes")
        text = text_of(pilot)
        assert "skew .497" in text
        assert all(f"│  party-{n} " in text for n in (1, 2, 3))
        assert (text.count("5,000"), text.count(" 500 ")) == (10, 20)
        await pilot.press("s")
        await until_shown(pilot, "27%")
        assert "5,000" not in text_of(pilot)
        await pilot.press("escape")
        await until_gone(pilot, "who has which data")


async def test_a_hundred_clients_scroll(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / NAME, 100).split().failed()
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until_shown(pilot, "Up Down more clients")
        assert "party-100" not in text_of(pilot)
        await pilot.press("end")
        await until_shown(pilot, "party-100")
        await pilot.press("home")
        await until_gone(pilot, "party-100")
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: text_of(pilot).count("skew .") > 20, "no more than at 80x24")
        await pilot.resize_terminal(40, 10)
        await until_shown(pilot, "Esc closes")


async def test_classes_that_do_not_fit_are_reached_by_left_and_right(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / NAME).whole()
    split = split_of(3, 40)
    written(folder, split="own", classes=split.classes, labels=split.labels, skew=0.5)
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until_shown(pilot, "classes 1 to 10 of 40")
        await pilot.press(*["right"] * 40)
        await until_shown(pilot, "classes 31 to 40 of 40")
        assert "c39" in text_of(pilot)
        await pilot.press("left")
        await until_shown(pilot, "classes 30 to 39 of 40")


async def test_it_is_drawn_as_soon_as_it_is_recorded_and_again_when_it_is_written_anew(
    tmp_path: Path,
) -> None:
    run = SyntheticRun(tmp_path / NAME)
    with held(run.waiting()):
        async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
            await opened(pilot)
            await until_shown(pilot, "recorded no split of its data yet")
            assert "D split" not in text_of(pilot)
            run.split()
            await until_shown(pilot, "split class_focus, 3 clients")
            run.split(most=1_230)
            await until_shown(pilot, "1,230")


async def test_a_run_that_ended_without_one_says_so(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / NAME).whole()
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until_shown(pilot, "This run recorded no split of its data")


async def test_a_damaged_one_is_a_sentence_until_it_is_whole(tmp_path: Path) -> None:
    run = SyntheticRun(tmp_path / NAME)
    folder = run.whole()
    written(folder, classes=["a", "b"], labels=[[1, 2], [3]])
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until_shown(pilot, "row 2 of `labels`")
        run.split()
        await until_shown(pilot, "split class_focus")


async def test_clients_have_the_names_of_their_processes_where_there_is_one_for_each(tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / NAME).whole()
    written(folder, classes=["a", "b"], labels=[[1, 2], [3, 4]])
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until_shown(pilot, "client 2")
        assert "party-1" not in text_of(pilot).split("who has which data")[1].split("Esc")[0]
