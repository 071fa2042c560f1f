"""Narrow terminals: what waits, round, accuracy, clients and the input line never fold; what does says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_shown
from synthetic_runs import SyntheticRun, held

from fltui.facts.verdict import Verdict
from fltui.tui.app import FltuiApp

SIZES = [(40, 10), (60, 15), (80, 24)]


def many(tmp_path: Path, parties: int = 9) -> SyntheticRun:
    return SyntheticRun(tmp_path / "20261124-101500-digits-flower-k3f9", parties, 400, "digits/flower")


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_what_never_folds(size: tuple[int, int], tmp_path: Path, own_site: Path) -> None:
    run = many(tmp_path)
    run.begin()
    for number in (1, 2, 3):
        run.round(number)
    run.writer.event("round", round=111, phase="started")
    run.wait_for_person(2)
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=size) as pilot:
            await until_shown(pilot, "send  STOP")
            await until_shown(pilot, "more")
            head = text_of(pilot).splitlines()[0]
            for words in ("waits", "round 111/400", ".803", "9/9"):
                assert words in head, head
            assert "› STOP" in text_of(pilot), text_of(pilot)  # the input line


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_rows_that_do_not_fit_are_counted_and_none_wraps(
    size: tuple[int, int], tmp_path: Path, own_site: Path
) -> None:
    run = many(tmp_path)
    run.begin()
    run.round(1)
    run.gauges()
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=size) as pilot:
            await until_shown(pilot, " more")
            await until(pilot, lambda: screen_of(pilot).rows.size.height > 1, "no rows")
            region = screen_of(pilot).rows.region
            rows = text_of(pilot).splitlines()[region.y : region.bottom]
            more = re.fullmatch(r" \+(\d+) more *", rows[-1])
            assert more, rows
            assert all(re.match(r" [a-u ] [a-z]+", row) for row in rows[:-1]), rows
            assert len(rows) - 1 + int(more[1]) == 10  # eleven processes, one has the pane


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_the_title_of_a_process_is_cut_and_its_state_is_not(
    size: tuple[int, int], tmp_path: Path, own_site: Path
) -> None:
    run = many(tmp_path, 1)
    run.begin()
    said = "1 of 3 rounds, 3 of 3 agents, base model sst2-head that has a very long name"
    run.writer.event("note", "aggregator", text="0 of 3 rounds", level="info", title=True)
    run.writer.event("note", "aggregator", text=said, level="info", title=True)
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=size) as pilot:
            await until_shown(pilot, "● ready  1 of 3")
            [title] = [line for line in text_of(pilot).splitlines() if "● ready  1 of 3" in line]
            assert re.search(r"aggregator ● ready  1 of 3 ro[^…]*… [─━]", title), title


@pytest.mark.parametrize(
    ("columns", "shown"),
    [(80, "aggregator 4,096/67,349"), (120, "aggregator █░░░░░░░░░ 4,096 of 67,349")],
)
async def test_a_preparation_is_a_count_or_a_bar_in_the_header_until_a_round_begins(
    columns: int, shown: str, tmp_path: Path, own_site: Path
) -> None:
    run = many(tmp_path, 3)
    run.begin()
    data = {"text": "embedding 4,096 of 67,349 sentences", "done": 4096, "total": 67349}
    run.writer.event("progress", "aggregator", **data)
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(columns, 24)) as pilot:
            await until_shown(pilot, shown)
            head = text_of(pilot).splitlines()[0]
            assert shown in head
            assert "round 0/400" in head
            assert "3/3" in head
            run.round(1)
            await until_shown(pilot, "round 1/400")
            assert "67,349" not in text_of(pilot).splitlines()[0]


async def test_the_row_of_who_failed_is_not_folded(tmp_path: Path, own_site: Path) -> None:
    run = many(tmp_path)
    run.begin()
    run.state("party-9", "failed", exit_code=1)
    with held(run.folder):
        async with FltuiApp(run.folder).run_test(size=(60, 15)) as pilot:
            await pilot.press("a")
            await until_shown(pilot, " more")
            await until_shown(pilot, "party-9        ")


async def test_the_header_tells_the_suffix_at_80_columns(tmp_path: Path, own_site: Path) -> None:
    run = SyntheticRun(tmp_path / "20261124-101500-sst2-ibmfl-k3f9").waiting()
    with held(run):
        async with FltuiApp(run).run_test(size=(80, 24)) as pilot:
            await until_shown(pilot, "STOP")
            assert "k3f9" in text_of(pilot).splitlines()[0]
            assert "waits for you" in text_of(pilot).splitlines()[0]


@pytest.mark.parametrize("size", [(60, 24), (80, 24)], ids=lambda s: f"{s[0]}x{s[1]}")
async def test_a_long_last_line_leaves_the_figures_and_keys_of_the_verdict(
    size: tuple[int, int], tmp_path: Path, own_site: Path
) -> None:
    run = many(tmp_path, 3)
    run.begin()
    run.round(1)
    run.say("party-2", "ValueError: " + " ".join(["a shape that is wrong"] * 20))
    run.clock.t += 5
    run.end(Verdict.FAILED, "party-2 ended with exit code 1 in round 2; " + "1 of 3 rounds " * 12, "party-2")
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        await until_shown(pilot, "ValueError: a shape")
        for words in ("global accuracy .783", "exit code 1", "shows its log", "R runs it again"):
            await until_shown(pilot, words)


async def test_a_verdict_survives_a_window_of_no_size(tmp_path: Path, own_site: Path) -> None:
    folder = many(tmp_path, 3).failed()
    async with FltuiApp(folder).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "look at party-2")
        for size in ((1, 1), (2, 5), (3, 24), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert pilot.app.is_running
        await until_shown(pilot, "look at party-2")
