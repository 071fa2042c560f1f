"""Names of runs, the list of them, and finding one by a few letters."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fltui.facts.records import Metric
from fltui.facts.site import runs_folder
from fltui.facts.verdict import ProcessResult, Result, Verdict
from fltui.record import lock
from fltui.record.runs import RunNotFoundError, entry_of, find_run, list_runs, new_run_name
from fltui.record.writer import RunWriter


@pytest.fixture
def make(tmp_path: Path, manifest: dict[str, Any], result: Callable[..., Result]) -> Callable[..., Path]:
    """Makes a run in tmp_path/runs; with an end unless `end=False`."""

    def run(name: str, end: bool = True, **changes: Any) -> Path:
        folder = tmp_path / "runs" / name
        writer = RunWriter.create(folder, manifest, clock=lambda: 1000.0)
        writer.event("start", pid=1, guard=1)
        if end:
            writer.end(result(**changes))
        writer.close()
        return folder

    return run


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("digits/flower", "digits-flower"),
        ("/home/me/My Recipes/ünï.yaml", "home-me-my-recipes-n-yaml"),
        ("../..", "recipe"),
        ("x" * 300, "x" * 48),
    ],
)
def test_a_name_holds_the_time_the_recipe_and_something_of_its_own(recipe: str, words: str) -> None:
    now = time.mktime((2026, 11, 24, 10, 15, 0, 0, 0, -1))
    names = {new_run_name(recipe, now) for _ in range(50)}
    assert len(names) > 40
    for name in names:
        assert re.fullmatch(rf"20261124-101500-{re.escape(words)}-[a-z2-9]{{4}}", name)


def test_runs_are_listed_newest_first_with_what_became_of_them(
    tmp_path: Path, make: Callable[..., Path]
) -> None:
    make(
        "20260101-000000-a-1111", metrics={"accuracy": 0.9}, rounds_done=3, rounds_planned=3, duration_s=20.0
    )
    make("20260103-000000-c-3333", end=False)
    live = make("20260102-000000-b-2222", end=False)
    (tmp_path / "runs" / "no-run").mkdir()
    (tmp_path / "runs" / "a file").touch()
    fd = lock.hold(live)
    crashed, alive, ended = list_runs(tmp_path / "runs")
    os.close(fd)
    assert (crashed.name, crashed.alive, crashed.verdict, crashed.crashed) == (
        "20260103-000000-c-3333",
        False,
        None,
        True,
    )
    assert (alive.alive, alive.crashed, alive.recipe, alive.started_at) == (
        True,
        False,
        "digits/flower",
        1000.0,
    )
    assert alive.rounds_planned == 3
    assert (ended.verdict, ended.exit_code, ended.recipe) == (Verdict.OK, 0, "digits/flower")
    assert (ended.started_at, ended.duration_s, ended.metrics) == (980.0, 20.0, {"accuracy": 0.9})


def test_of_a_live_run_its_rounds_and_newest_global_metrics_are_listed(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    folder = tmp_path / "runs" / "20260101-000000-a-1111"
    writer = RunWriter.create(folder, manifest)
    assert list_runs(tmp_path / "runs")[0].rounds_done == 0
    for number in range(1, 53):
        writer.event("round", round=number, phase="started")
        writer.metric(
            *(Metric(1.0, number, f"client-{n}", "client", "accuracy", 0.1) for n in range(60)),
            Metric(1.0, number, "evaluate", "global", "loss", 2.0 - number / 100),
            Metric(1.0, number, "evaluate", "global", "accuracy", number / 100),
        )
        writer.event("round", round=number, phase="done")
        for _ in range(20):
            writer.event("note", text="something that is no round", level="info")
    writer.event("round", round=53, phase="started")
    writer.metric(*(Metric(1.0, 53, f"client-{n}", "client", "accuracy", 0.1) for n in range(60)))
    (lost,) = list_runs(tmp_path / "runs")
    assert (lost.alive, lost.rounds_done, lost.metrics) == (False, 0, {})
    fd = lock.hold(folder)
    (live,) = list_runs(tmp_path / "runs")
    os.close(fd)
    writer.close()
    assert (live.alive, live.verdict, live.rounds_done) == (True, None, 52)
    assert live.metrics == {"accuracy": 0.52, "loss": pytest.approx(1.48)}


def test_of_an_ended_run_only_the_end_is_read(tmp_path: Path, make: Callable[..., Path]) -> None:
    folder = make("20260101-000000-a-1111")
    (folder / "manifest.json").unlink()
    (entry,) = list_runs(tmp_path / "runs")
    assert entry.verdict is Verdict.OK


def test_an_end_line_of_any_length_is_found(make: Callable[..., Path]) -> None:
    many = tuple(
        ProcessResult(f"client-{i}", "client", "done", 0, None, 1.0, 2.0, "logs/x.log") for i in range(3000)
    )
    entry = entry_of(make("20260101-000000-a-1111", processes=many))
    assert entry is not None
    assert entry.verdict is Verdict.OK


def test_a_torn_end_is_no_end(make: Callable[..., Path]) -> None:
    folder = make("20260101-000000-a-1111")
    events = folder / "events.jsonl"
    events.write_bytes(events.read_bytes()[:-1])
    entry = entry_of(folder)
    assert entry is not None
    assert entry.crashed


def test_no_runs_at_all_is_an_empty_list(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []
    assert list_runs() == []


def test_the_default_folder_is_the_users_own(manifest: dict[str, Any]) -> None:
    RunWriter.create(runs_folder() / "20260101-000000-a-1111", manifest).close()
    assert [entry.name for entry in list_runs()] == ["20260101-000000-a-1111"]
    assert find_run("a-1111") == runs_folder() / "20260101-000000-a-1111"


def test_a_run_is_found_by_name_unique_part_or_folder(tmp_path: Path, make: Callable[..., Path]) -> None:
    root = tmp_path / "runs"
    first, second = make("20260101-000000-digits-aaaa"), make("20260102-000000-digits-bbbb")
    assert find_run("20260101-000000-digits-aaaa", root) == first
    assert find_run("bbbb", root) == second
    assert find_run(str(second), tmp_path / "another root") == second


def test_a_name_that_is_part_of_another_is_still_found_whole(
    tmp_path: Path, make: Callable[..., Path]
) -> None:
    first = make("20260101-run")
    make("20260101-run-2")
    assert find_run("20260101-run", tmp_path / "runs") == first


def test_of_many_the_one_that_lives_is_meant_where_that_is_asked_for(
    tmp_path: Path, make: Callable[..., Path]
) -> None:
    root = tmp_path / "runs"
    folders = [make(f"2026010{number}-000000-digits-aaaa") for number in (1, 2, 3)]
    first, second = lock.hold(folders[1]), None
    try:
        assert find_run("digits", root, live_first=True) == folders[1]
        with pytest.raises(RunNotFoundError, match="3 runs match"):
            find_run("digits", root)
        second = lock.hold(folders[2])
        with pytest.raises(RunNotFoundError, match="3 runs match"):
            find_run("digits", root, live_first=True)
    finally:
        os.close(first)
        if second is not None:
            os.close(second)


def test_who_could_be_meant_is_said(tmp_path: Path, make: Callable[..., Path]) -> None:
    root = tmp_path / "runs"
    with pytest.raises(RunNotFoundError, match="there are no runs in"):
        find_run("x", root)
    for number in range(12):
        make(f"202601{number + 10}-000000-digits-aaaa")
    with pytest.raises(RunNotFoundError) as many:
        find_run("digits", root)
    assert str(many.value).startswith("12 runs match 'digits': 20260121-000000-digits-aaaa, ")
    assert str(many.value).endswith(" and 4 more; give more of the name")
    with pytest.raises(RunNotFoundError, match="no run matches 'zzz'; the latest is 20260121"):
        find_run("zzz", root)
    with pytest.raises(RunNotFoundError, match="no run matches ''"):
        find_run("", root)
    with pytest.raises(RunNotFoundError, match="holds no run"):
        find_run(str(tmp_path / "nowhere"), root)
