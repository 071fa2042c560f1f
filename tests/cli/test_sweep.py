"""Claims about `fltui sweep`: which runs it makes, what survives its death, and how it ends."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from engines import kill_what_is_left, wait_until
from fltui_command import COMMAND, fltui

from fltui.facts.site import runs_folder
from fltui.probe.processes import find_by_run
from fltui.record.lock import owner
from fltui.record.runs import list_runs
from fltui.record.snapshot import snapshot_of
from fltui.study.sweep_folder import list_sweeps, read_cells, read_sweep

HEAD = """
params:
  level: {type: float, default: 0.5, min: 0, max: 1}
  strategy: {type: choice, choices: [fedavg, fedprox], default: fedavg}
  act: {type: choice, choices: [go, gate, die, pair], default: go}
  gated: {type: float, default: 9}
  seed: {type: int, default: 0}
  expect: {type: float, default: 0}
rounds: {planned: 2}
success: {metric: accuracy, at_least: "${{ params.expect }}"}
"""
# The score is the level with the seed as its next digit. Every run leaves its name in `runs`.
PROCESS = """
train:
  role: driver
  shell: |
    cd DESK; echo "$FLTUI_RUN" >> runs
    case "${{ params.act }}" in
      die) if [ "${{ params.level }}" = 0.2 ]; then echo dead; exit 3; fi;;
      gate) if [ "${{ params.level }}" = "${{ params.gated }}" ]; then
              touch waits; while [ ! -e gate ]; do sleep 0.05; done; fi;;
      pair) touch "here-${{ params.level }}"; while [ $(ls here-* | wc -l) -lt 2 ]; do sleep 0.05; done;;
    esac
    echo '{"metric": {"round": 0, "scope": "global", "skew": 0.${{ params.seed }}}}'
    echo '{"metric": {"round": 1, "scope": "global", "accuracy": 0.05}}'
    echo '{"metric": {"round": 2, "scope": "global", "accuracy": ${{ params.level }}${{ params.seed }}}}'
  metrics: [{lines: json}]
"""
LEVELS = "level=0.1,0.2,0.3,0.4"


@dataclass
class Desk:
    """A recipe, the folder in which its runs leave what they did, and the sweeps that were started."""

    folder: Path
    recipe: str
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def runs(self) -> list[str]:
        """The names of all runs that ever began, in order."""
        path = self.folder / "runs"
        return path.read_text().split() if path.exists() else []

    def start(self, *words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [*COMMAND, "sweep", self.recipe, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.children.append(child)
        return child

    def killed_in_the_third_cell(self) -> Path:
        """SIGKILL to a sweep whose third run waits at the gate; returns that run's folder."""
        child = self.start("--set", LEVELS, *GATED)
        wait_until((self.folder / "waits").exists, what="the third cell")
        child.kill()
        child.wait()
        assert len(self.runs) == 3
        return runs_folder() / self.runs[-1]

    def open_gate(self) -> None:
        (self.folder / "gate").touch()

    def kill(self, run: Path, *victims: str) -> None:
        """SIGKILL to the guard (`guard`) or the supervisor (`pid`) of a run."""
        start = next(json.loads(line) for line in (run / "events.jsonl").read_text().splitlines())
        for victim in victims:
            os.kill(start["data"][victim], signal.SIGKILL)


GATED = ("--set", "act=gate", "--set", "gated=0.3")


@pytest.fixture
def desk(tmp_path: Path, recipe: Callable[..., str]) -> Iterator[Desk]:
    folder = tmp_path / "desk"
    folder.mkdir()
    found = Desk(folder, recipe(PROCESS.replace("DESK", str(folder)), head=HEAD))
    yield found
    found.open_gate()
    for child in found.children:
        if child.poll() is None:
            child.kill()
            child.communicate()
    for run in found.runs:
        kill_what_is_left(run)


def object_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert len(done.stdout.splitlines()) == 1, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def test_a_grid_is_run_once_and_its_mean_and_spread_are_those_of_the_seeds(desk: Desk) -> None:
    words = ("--set", "level=0.2,0.6", "--set", "strategy=fedavg,fedprox", "--seeds", "3", "--target", "0.3")
    done = fltui("sweep", desk.recipe, *words, "--json")
    found = object_of(done)
    assert (done.returncode, found["exit_code"], found["reason"]) == (0, 0, "12 of 12 cells done")
    assert len(desk.runs) == len(set(desk.runs)) == 12
    assert [cell["run"] for cell in found["cells"]] == desk.runs, "one after another, in their order"
    assert [cell["values"]["seed"] for cell in found["cells"]] == [0] * 4 + [1] * 4 + [2] * 4
    assert {run.verdict for run in list_runs()} == {"ok"}, "each is a normal run that `fltui runs` lists"
    point = next(row for row in found["curve"] if row["values"] == {"level": 0.6, "strategy": "fedprox"})
    assert (point["mean"], point["std"]) == (pytest.approx(0.61), pytest.approx(0.01))
    assert (point["reached"], point["rounds_to_target"]) == (3, 2.0)
    low = next(row for row in found["curve"] if row["values"] == {"level": 0.2, "strategy": "fedavg"})
    assert (low["reached"], low["rounds_to_target"]) == (0, None)
    manifest = json.loads((Path(found["cells"][0]["folder"]) / "manifest.json").read_text())
    assert manifest["sweep"] == found["sweep"]


def test_the_curve_stands_in_the_terminal_in_csv_and_as_a_picture(desk: Desk) -> None:
    done = fltui("sweep", desk.recipe, "--set", "level=0.2,0.6", "--seeds", "2")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["level", "runs", "accuracy", "took"]
    assert "0.605 ± 0.007" in lines[2]
    assert "accuracy against level" in lines
    assert "\x1b" not in done.stdout + done.stderr
    [folder] = list_sweeps()
    with (folder / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["accuracy_mean"]) for row in rows] == [pytest.approx(0.205), pytest.approx(0.605)]
    with (folder / "cells.csv").open() as file:
        assert [row["run"] for row in csv.DictReader(file)] == desk.runs
    assert (folder / "curve.svg").read_text().startswith("<svg ")


def test_against_a_metric_the_same_runs_are_drawn_anew(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.2,0.6", "--seeds", "2")
    wrong = fltui(*words, "--against", "skwe")
    assert wrong.returncode == 2
    assert "--against: no run recorded skwe; recorded are accuracy, skew" in wrong.stderr
    assert wrong.stderr.index("--against:") < wrong.stderr.index("2 of 4: "), "told after the first run"
    assert len(desk.runs) == 4, "the runs of a whole night are not lost for it"
    again = fltui(*words, "--against", "skwe", "--json")
    assert (again.returncode, object_of(again)["cells"]) == (2, []), "and before anything, once it is known"
    done = fltui(*words, "--against", "skew", "--json")
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 4
    found = object_of(done)
    assert found["against"] == "skew"
    assert [row["against"] for row in found["curve"]] == [pytest.approx(0.05)] * 2
    assert "accuracy against skew" in Path(found["files"]["svg"]).read_text()
    plain = fltui(*words)
    assert "accuracy against level" in plain.stdout.splitlines(), "the default is the swept param"


def test_the_same_command_again_runs_nothing_and_says_so(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.1,0.2")
    assert fltui(*words).returncode == 0
    again = fltui(*words, "--json")
    assert again.returncode == 0
    assert len(desk.runs) == 2
    assert "2 done before" in again.stderr
    assert "nothing was run" in again.stderr
    assert len(object_of(again)["cells"]) == 2
    # Another spelling and order of the same values is the same sweep.
    assert fltui("sweep", desk.recipe, "--set", "level=0.20,0.10").returncode == 0
    assert len(desk.runs) == 2


def test_after_a_sigkill_in_the_third_cell_its_run_is_adopted_and_nothing_is_repeated(desk: Desk) -> None:
    third = desk.killed_in_the_third_cell()
    assert owner(third) is not None, "its run goes on without the sweep"
    again = desk.start("--set", LEVELS, *GATED, "--json")
    [folder] = list_sweeps()
    wait_until(lambda: owner(folder) is not None, what="the second sweep")
    desk.open_gate()
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert "goes on since the sweep was killed" in err
    assert [cell["run"] for cell in json.loads(out)["cells"]] == desk.runs
    assert len(desk.runs) == len(set(desk.runs)) == 4 == len(list_runs())


def test_a_run_that_ended_while_no_sweep_was_at_work_counts(desk: Desk) -> None:
    third = desk.killed_in_the_third_cell()
    desk.open_gate()
    wait_until(lambda: snapshot_of(third).result is not None, what="the end of the third run")
    done = fltui("sweep", desk.recipe, "--set", LEVELS, *GATED)
    assert done.returncode == 0, done.stderr
    assert "ended meanwhile: ok" in done.stderr
    assert len(desk.runs) == len(set(desk.runs)) == 4


def test_a_run_that_was_lost_with_its_engine_is_closed_and_its_cell_runs_again(desk: Desk) -> None:
    third = desk.killed_in_the_third_cell()
    desk.kill(third, "guard", "pid")
    wait_until(lambda: owner(third) is None, what="the death of the engine")
    desk.open_gate()
    done = fltui("sweep", desk.recipe, "--set", LEVELS, *GATED)
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 5
    assert snapshot_of(third).result is not None, "what the dead engine left has an end"
    [folder] = list_sweeps()
    assert {cell.verdict for cell in read_sweep(folder).cells} == {"ok"}
    assert third.name not in {cell.run for cell in read_sweep(folder).cells}


def test_a_lost_run_that_somebody_closed_says_nothing_of_its_cell(desk: Desk) -> None:
    third = desk.killed_in_the_third_cell()
    desk.kill(third, "guard", "pid")
    wait_until(lambda: owner(third) is None, what="the death of the engine")
    assert fltui("stop", third.name).returncode == 0, "the user guide's advice for a lost run"
    desk.open_gate()
    done = fltui("sweep", desk.recipe, "--set", LEVELS, *GATED)
    assert done.returncode == 0, done.stderr
    assert "level=0.3: lost its engine and runs again: the engine was killed" in done.stderr
    assert len(desk.runs) == 5


@pytest.mark.parametrize("victims", [("guard", "pid"), ("guard",), ("pid",)], ids=" and ".join)
def test_a_cell_whose_engine_dies_under_the_sweep_runs_once_more(
    desk: Desk, victims: tuple[str, ...]
) -> None:
    child = desk.start("--set", LEVELS, *GATED)
    wait_until((desk.folder / "waits").exists, what="the third cell")
    desk.kill(runs_folder() / desk.runs[-1], *victims)
    wait_until(lambda: len(desk.runs) == 4, what="the run after the lost one")
    desk.open_gate()
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "level=0.3: lost its engine and runs again" in err
    assert len(desk.runs) == 5
    [folder] = list_sweeps()
    assert [cell.run for cell in read_sweep(folder).cells] == [*desk.runs[:2], *desk.runs[3:]]


def test_a_cell_whose_engine_dies_twice_is_failed_and_the_sweep_goes_on(desk: Desk) -> None:
    child = desk.start("--set", LEVELS, *GATED)
    for number in (3, 4):
        wait_until(lambda number=number: len(desk.runs) == number, what=f"run {number}")
        desk.kill(runs_folder() / desk.runs[-1], "guard", "pid")
    _, err = child.communicate(timeout=60)
    assert child.returncode == 1, err
    assert "level=0.3 is not counted: the engine was killed" in err
    assert "the run before it lost its engine, too" in err
    assert len(desk.runs) == 5, "the fourth cell had its turn"
    assert fltui("sweep", desk.recipe, "--set", LEVELS, *GATED).returncode == 1
    assert len(desk.runs) == 5, "only --retry-failed runs it again"


def test_a_sweep_that_was_killed_with_half_a_line_written_goes_on(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.1,0.2")
    assert fltui(*words).returncode == 0
    [folder] = list_sweeps()
    whole = (folder / "cells.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "cells.jsonl").write_bytes(b"".join(whole[:3]) + whole[3][:40])
    done = fltui(*words)
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 2, "the run's own folder says that it ended"
    assert {cell.verdict for cell in read_cells(folder).values()} == {"ok"}


def test_a_run_that_was_announced_and_never_began_is_run(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.1,0.2")
    assert fltui(*words).returncode == 0
    [folder] = list_sweeps()
    whole = (folder / "cells.jsonl").read_bytes().splitlines(keepends=True)
    announced = {**json.loads(whole[2]), "run": "ghost", "folder": str(runs_folder() / "ghost")}
    (folder / "cells.jsonl").write_bytes(b"".join(whole[:2]) + json.dumps(announced).encode() + b"\n")
    done = fltui(*words)
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 3, "the sweep was killed before the engine had its launch"


def test_a_failed_cell_ends_no_sweep_and_runs_again_only_when_asked(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.1,0.2,0.3", "--set", "act=die")
    done = fltui(*words, "--json")
    found = object_of(done)
    assert (done.returncode, found["exit_code"]) == (1, 1)
    assert found["reason"] == "3 of 3 cells done, 1 failed"
    assert [cell["verdict"] for cell in found["cells"]] == ["ok", "failed", "ok"]
    assert [row["counted"] for row in found["curve"]] == [1, 0, 1]
    assert "train ended with exit code 3" in found["cells"][1]["reason"]
    again = fltui(*words)
    assert again.returncode == 1
    assert "level=0.2 is not counted: train ended with exit code 3" in again.stderr
    assert len(desk.runs) == 3
    assert fltui(*words, "--retry-failed").returncode == 1
    assert len(desk.runs) == 4


def test_a_score_lower_than_the_recipe_expects_fails_the_cell_and_still_counts(desk: Desk) -> None:
    done = fltui("sweep", desk.recipe, "--set", "level=0.1,0.9", "--set", "expect=0.5", "--json")
    found = object_of(done)
    assert done.returncode == 1
    assert [cell["verdict"] for cell in found["cells"]] == ["failed", "ok"]
    assert [row["mean"] for row in found["curve"]] == [0.1, 0.9]
    assert found["target"] == 0.5, "what the recipe expects is the target, when none is given"


def test_two_jobs_run_at_the_same_time(desk: Desk) -> None:
    done = fltui("sweep", desk.recipe, "--set", "level=0.1,0.2", "--set", "act=pair", "--jobs", "2")
    assert done.returncode == 0, done.stderr  # each waits for the other


def test_ctrl_c_stops_the_live_cell_and_the_same_command_goes_on(desk: Desk) -> None:
    child = desk.start("--set", LEVELS, *GATED)
    wait_until((desk.folder / "waits").exists, what="the third cell")
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "interrupted: 2 of 4 cells done" in err
    assert "the same command goes on and repeats nothing that is done: fltui sweep " in err
    third = runs_folder() / desk.runs[-1]
    result = snapshot_of(third).result
    assert result is not None
    assert (result.verdict, result.reason) == ("interrupted", "its sweep was interrupted by Ctrl-C")
    wait_until(lambda: not find_by_run(third.name), what="nothing left of the run")
    desk.open_gate()
    done = fltui("sweep", desk.recipe, "--set", LEVELS, *GATED)
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 5, "the interrupted cell again, and the one that had no run"


def test_a_second_sweep_of_the_same_cells_is_refused_while_the_first_is_at_work(desk: Desk) -> None:
    child = desk.start("--set", LEVELS, *GATED)
    wait_until((desk.folder / "waits").exists, what="the third cell")
    done = fltui("sweep", desk.recipe, "--set", LEVELS, *GATED, "--json")
    assert done.returncode == 1
    assert f"is under way (pid {child.pid})" in object_of(done)["reason"]
    desk.open_gate()
    child.communicate(timeout=60)
    assert child.returncode == 0
    assert len(desk.runs) == 4


def test_a_named_sweep_grows_and_another_recipe_cannot_take_its_name(desk: Desk) -> None:
    assert fltui("sweep", desk.recipe, "--set", "level=0.1,0.2", "--name", "mine").returncode == 0
    done = fltui("sweep", desk.recipe, "--set", "level=0.1,0.2,0.3", "--name", "mine")
    assert done.returncode == 0, done.stderr
    assert len(desk.runs) == 3
    file = Path(desk.recipe) / "recipe.yaml"
    file.write_text(file.read_text() + "# changed\n")
    done = fltui("sweep", desk.recipe, "--set", "level=0.1,0.2", "--name", "mine")
    assert done.returncode == 2
    assert "the sweep mine is of another text of small: it was changed since" in done.stderr


def test_a_grid_that_leaves_out_what_is_done_is_refused_and_changes_nothing(desk: Desk) -> None:
    words = ("--set", "level=0.1,0.2", "--set", "strategy=fedavg,fedprox", "--name", "mine")
    assert fltui("sweep", desk.recipe, *words).returncode == 0
    [folder] = list_sweeps()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "cells"}
    done = fltui("sweep", desk.recipe, "--seeds", "2", "--name", "mine", "--json")
    assert done.returncode == 2
    reason = object_of(done)["reason"]
    assert (
        "the sweep mine has 4 done cells that this grid leaves out (level=0.1 strategy=fedavg, …)" in reason
    )
    assert (
        f"give another --name, or a grid that has them, too: its last command was fltui sweep {desk.recipe}"
        in reason
    )
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "cells"}
    assert {**after, "lock": b""} == {**before, "lock": b""}
    assert len(desk.runs) == 4
    larger = ("--set", "level=0.1,0.2,0.3", "--set", "strategy=fedprox,fedavg", "--name", "mine")
    assert fltui("sweep", desk.recipe, *larger).returncode == 0, "it may grow"


def test_a_damaged_sweep_is_told_with_the_way_on(desk: Desk) -> None:
    words = ("sweep", desk.recipe, "--set", "level=0.1,0.2")
    assert fltui(*words).returncode == 0
    [folder] = list_sweeps()
    (folder / "manifest.json").write_text('{"cells": [')
    done = fltui(*words)
    assert done.returncode == 2
    assert f"{folder / 'manifest.json'} cannot be read" in done.stderr
    assert "give another --name, or move that file away" in done.stderr
    (folder / "manifest.json").rename(folder / "manifest.damaged")
    assert fltui(*words).returncode == 0
    assert len(desk.runs) == 2, "the same command repeats nothing, as was said"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("RECIPE", "--bogus"), "No such option"),
        (("RECIPE", "--seeds", "x"), "'x' is not a valid integer"),
        ((), "Missing argument 'RECIPE'"),
    ],
)
def test_what_click_finds_wrong_is_an_object_too(words: tuple[str, ...], sentence: str) -> None:
    done = fltui("sweep", *words, "--json")
    found = object_of(done)
    assert (done.returncode, found["exit_code"], found["cells"]) == (2, 2, [])
    assert sentence in found["reason"]
    assert sentence in done.stderr
    assert fltui("sweep", *words).stdout == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "strategy=fedavg,fedpox"), "strategy is one of fedavg, fedprox, not 'fedpox'"),
        (("--set", "level=0.1,2"), "level is at most 1, not 2"),
        (("--set", "levl=0.1,0.2"), "levl is no param of this recipe; did you mean level?"),
        (("--set", "level=0.1,"), "level takes a number, not ''"),
        (("--set", "level=0.1,0.10"), "level has a value twice in 0.1,0.10"),
        (("--set", "level=0.1", "--set", "level=0.2"), "level is set twice; write --set level=0.1,0.2"),
        (("--set", "level=0.1"), "nothing is swept"),
        (("--set", "seed=1,2", "--seeds", "2"), "give either --seeds or several values of seed"),
        (("--set", "level=0.1,0.2", "--jobs", "0"), "--jobs"),
        (("--set", "level=0.1,0.2", "--name", "a/b"), "--name takes letters"),
        (("--set", "level=0.1,0.2", "--deadline", "1x"), "--deadline: '1x' is no duration"),
        (("--set", "level=0.1,0.2", "--deadline", "0"), "--deadline: it must be longer than no time"),
        (("--set", "level=0.1,0.2", "--target", "high"), "--target"),
        (
            ("--set", "level=0.1,0.2", "--target", "nan"),
            "--target takes a number that can be reached, not nan",
        ),
    ],
)
def test_a_mistake_is_told_before_anything_runs(desk: Desk, words: tuple[str, ...], sentence: str) -> None:
    done = fltui("sweep", desk.recipe, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.runs == []
    assert list_sweeps() == []


def test_on_a_terminal_one_table_lives_and_the_last_one_stays(desk: Desk, terminal: Any) -> None:
    shown = terminal("sweep", desk.recipe, "--set", LEVELS, *GATED, columns=100)
    shown.read_until("2 of 4 cells done")
    shown.read_until("●")
    desk.open_gate()
    assert shown.exit_code() == 0
    last = shown.output.rpartition("cells done\x1b")[2]
    assert "accuracy against level" in last
    assert "4 of 4 cells done" in last
