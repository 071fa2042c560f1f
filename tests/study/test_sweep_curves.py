"""What comes of the cells: means, spreads, rounds to a target, and how they are drawn and written."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from synthetic_sweeps import cell, write_sweep

from fltui.facts.verdict import Result, Verdict
from fltui.study.sweep_axis import axis_of, value_ticks
from fltui.study.sweep_conductor import score_of
from fltui.study.sweep_files import cells_csv, curve_csv, write_files
from fltui.study.sweep_folder import CellRecord, SweepView, read_sweep
from fltui.study.sweep_plot import plot
from fltui.study.sweep_summary import (
    combinations,
    curves,
    reached_words,
    score_words,
    sentences,
    unknown_metric,
)
from fltui.study.sweep_svg import svg
from fltui.study.sweep_table import cells_of, titles

SCORES = {(1.0, "fedavg"): (0.80, 0.82, 0.87), (0.0, "fedavg"): (0.55, 0.45, 0.50)}
NAN = float("nan")


def view(root: Path, target: float | None = 0.5) -> SweepView:
    cells = [
        cell({"def_count": d, "strategy": s, "seed": seed}, values[seed])
        for seed in range(3)
        for (d, s), values in SCORES.items()
    ]
    swept = {"def_count": (1.0, 0.0), "strategy": ("fedavg",)}
    return read_sweep(write_sweep(cells, swept, (0, 1, 2), target=target, root=root))


def test_mean_and_spread_are_over_the_seeds(tmp_path: Path) -> None:
    first, second = combinations(view(tmp_path))
    assert first.mean == statistics.fmean(SCORES[1.0, "fedavg"])
    assert first.spread == statistics.stdev(SCORES[1.0, "fedavg"])
    assert score_words(second) == "0.500 ± 0.050"


def test_rounds_to_the_target_say_how_many_seeds_reached_it(tmp_path: Path) -> None:
    first, second = combinations(view(tmp_path))
    assert first.reached == (1, 1, 1)  # 0.8 after three rounds was 0.6 after the first
    assert reached_words(first, 0.5) == "1"
    assert second.reached == (3, None, 3)
    assert reached_words(second, 0.5) == "3 (2 of 3)"
    assert reached_words(combinations(view(tmp_path, target=0.99))[0], 0.99) == "never"
    assert reached_words(combinations(view(tmp_path, target=None))[0], None) == ""


def test_a_failed_cell_is_no_part_of_the_mean_and_is_named(tmp_path: Path) -> None:
    cells = [
        cell({"def_count": 1.0, "seed": 0}, 0.8),
        cell({"def_count": 1.0, "seed": 1}, None, Verdict.FAILED),
    ]
    found = read_sweep(write_sweep(cells, {"def_count": (1.0,)}, root=tmp_path))
    [point] = combinations(found)
    assert (point.scores, point.spread) == ((0.8,), None)
    [sentence] = sentences(found)
    assert sentence.startswith("def_count=1 seed=1 is not counted: client-2 ended with exit code 1 (run ")


def unread(root: Path, focus_counts: bool, loss: float = 2.5) -> SweepView:
    """Two focuses of two strategies with two seeds. `loss`: of the last cell, the others have 2.5."""
    cells = [
        cell(
            {"focus": focus, "strategy": strategy, "seed": seed},
            0.5 + 0.01 * seed + 0.1 * (strategy == "fedprox") + 0.1 * focus * focus_counts,
            loss=2.5,
        )
        for seed in (0, 1)
        for focus in (0.3, 1.0)
        for strategy in ("fedavg", "fedprox")
    ]
    last = cells.pop()
    cells.append(replace(last, metrics={**last.metrics, "loss": loss}))
    swept = {"focus": (0.3, 1.0), "strategy": ("fedavg", "fedprox")}
    return replace(read_sweep(write_sweep(cells, swept, root=root)), fixed={"split": "class_focus"})


def test_a_param_that_no_cell_read_is_told(tmp_path: Path) -> None:
    [found] = sentences(unread(tmp_path, focus_counts=False))
    assert found == (
        "focus made no difference: every pair of cells that differs only in it has the same curve; does this"
        " recipe read it with split=class_focus?"
    )
    [default] = sentences(replace(unread(tmp_path, focus_counts=False), fixed={}))
    assert default.endswith("does this recipe read it while its other params are at their defaults?")


def test_a_param_that_changed_one_digit_somewhere_is_not_told(tmp_path: Path) -> None:
    assert sentences(unread(tmp_path, focus_counts=True)) == []
    assert sentences(unread(tmp_path, focus_counts=False, loss=2.5000001)) == []


def test_cells_without_a_pair_say_nothing_of_a_param(tmp_path: Path) -> None:
    one = [cell({"focus": 0.3, "seed": 0}, 0.5), CellRecord("b", {"focus": 1.0, "seed": 0})]
    assert sentences(read_sweep(write_sweep(one, {"focus": (0.3, 1.0)}, (), root=tmp_path))) == []


def test_what_is_the_same_in_every_cell_is_read_from_the_manifest(tmp_path: Path) -> None:
    folder = write_sweep([cell({"focus": 0.3, "seed": 0}, 0.5)], {"focus": (0.3,)}, root=tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["cells"][0]["sets"] = {"focus": "0.3", "seed": "0", "split": "iid"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert read_sweep(folder).fixed == {"split": "iid"}


def test_the_tables_write_a_truth_as_set_does_and_a_number_with_all_its_digits(tmp_path: Path) -> None:
    cells = [cell({"flag": flag, "lr": 0.123456789}, 0.5) for flag in (True, False)]
    swept = {"flag": (True, False), "lr": (0.123456789,)}
    found = read_sweep(write_sweep(cells, swept, (), root=tmp_path))
    for text in (cells_csv(found), curve_csv(found)):
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["flag"], row["lr"]) for row in rows] == [
            ("true", "0.123456789"),
            ("false", "0.123456789"),
        ]


@pytest.mark.parametrize(
    ("verdict", "rounds", "culprit", "value", "score"),
    [
        (Verdict.OK, 3, None, 0.7, 0.7),
        (Verdict.FAILED, 3, None, 0.1, 0.1),  # lower than the recipe expects, and nothing else
        (Verdict.FAILED, 3, "client-2", 0.7, None),  # the federation of one client less
        (Verdict.FAILED, 2, None, 0.7, None),
        (Verdict.STALLED, 3, None, 0.7, None),
        (Verdict.INTERRUPTED, 3, None, 0.7, None),
        (Verdict.LEFTOVERS, 3, None, 0.7, None),
        (Verdict.FAILED, 3, None, NAN, None),
        (Verdict.OK, 3, None, None, None),
    ],
)
def test_only_a_run_that_went_as_planned_counts(
    verdict: Verdict, rounds: int, culprit: str | None, value: float | None, score: float | None
) -> None:
    result = Result("r", "run", "/f", verdict, 1, "", rounds, 3, culprit=culprit)
    points = ((1, 0.05), (3, value)) if value is not None else ()
    assert score_of(result, points, "accuracy") == score


def test_the_tables_for_other_programs_have_every_cell_and_every_combination(tmp_path: Path) -> None:
    found = view(tmp_path)
    cells = list(csv.DictReader(io.StringIO(cells_csv(found))))
    assert [row["seed"] for row in cells] == ["0", "0", "1", "1", "2", "2"]
    assert [float(row["accuracy"]) for row in cells] == [0.80, 0.55, 0.82, 0.45, 0.87, 0.50]
    assert {row["counts"] for row in cells} == {"yes"}
    points = list(csv.DictReader(io.StringIO(curve_csv(found))))
    assert [(row["def_count"], row["cells"], row["reached"]) for row in points] == [
        ("1.0", "3", "3"),
        ("0.0", "3", "2"),
    ]
    assert float(points[1]["accuracy_std"]) == pytest.approx(0.05)
    assert (float(points[1]["accuracy_min"]), float(points[1]["accuracy_max"])) == (0.45, 0.55)


def test_the_plot_has_a_letter_at_every_mean_and_a_bar_for_the_spread(tmp_path: Path) -> None:
    lines = plot(view(tmp_path), 60, 18)
    assert lines[0] == "accuracy against def_count"
    assert all(len(line) <= 60 for line in lines)
    [low] = [line for line in lines if "┤a" in line or "│a" in line]
    assert low.startswith("   0.5┤a"), "0 stands at the left"
    [high] = [line for line in lines if line.endswith("a")]
    assert lines.index(high) < lines.index(low)
    assert lines[-1].split() == ["0", "1"]
    drawn = plot(view(tmp_path), 60, 18, utf8=False)
    assert "".join(drawn).isascii()


def test_two_curves_have_letters_and_a_legend_and_meet_in_a_star(tmp_path: Path) -> None:
    swept = {"def_count": (0.0, 1.0), "strategy": ("fedavg", "fedprox")}
    cells = [
        cell(
            {"def_count": d, "strategy": s, "seed": 0}, 0.5 + (0.3 if (d, s) == (1.0, "fedprox") else 0.1) * d
        )
        for d in (0.0, 1.0)
        for s in ("fedavg", "fedprox")
    ]
    found = read_sweep(write_sweep(cells, swept, (), root=tmp_path))
    assert [curve.label for curve in curves(found)] == ["strategy=fedavg", "strategy=fedprox"]
    lines = plot(found, 60, 20)
    assert [line.strip() for line in lines[-2:]] == ["a  strategy=fedavg", "b  strategy=fedprox"]
    assert sum("*" in line for line in lines) == 1


def test_the_picture_is_svg_with_bars_dots_and_escaped_words(tmp_path: Path) -> None:
    swept = {"words": ("a<b", "c&d")}
    cells = [cell({"words": word, "seed": n}, 0.5 + 0.1 * n) for n in (0, 1) for word in swept["words"]]
    text = svg(read_sweep(write_sweep(cells, swept, root=tmp_path)))
    root = ET.fromstring(text)
    words = {item.text for item in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"a<b", "c&d", "accuracy"} <= words
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert sum(item.get("r") == "2" for item in circles) == 4, "a dot a run"
    assert sum(item.get("r") == "4" for item in circles) == 2, "a point a mean"
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    assert all(0 < float(c.get("cx", -1)) < width and 0 < float(c.get("cy", -1)) < height for c in circles)


def test_without_a_measured_cell_there_is_no_picture_and_an_old_png_goes(tmp_path: Path) -> None:
    cells = [cell({"def_count": d, "seed": 0}, None, Verdict.FAILED) for d in (0.0, 1.0)]
    folder = write_sweep(cells, {"def_count": (0.0, 1.0)}, (), root=tmp_path)
    (folder / "curve.png").write_bytes(b"old")
    assert set(write_files(read_sweep(folder))) == {"cells", "curve"}
    assert not (folder / "curve.png").exists()
    assert plot(read_sweep(folder), 60, 18) == []


def test_a_png_is_made_with_what_path_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "rsvg-convert"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\necho png > "$2"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert write_files(view(tmp_path))["png"].read_text() == "png\n"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert "png" not in write_files(view(tmp_path)), "one that fails costs no sweep"


def test_numbers_stand_by_size_or_logarithm_and_words_side_by_side() -> None:
    assert [place for _, place, _ in axis_of("d", (1.0, 0.0, 0.25)).places] == [0.0, 0.25, 1.0]
    wide = axis_of("alpha", (0.1, 1.0, 10.0))
    assert wide.kind == "log"
    assert [place for _, place, _ in wide.places] == pytest.approx([0.0, 0.5, 1.0])
    assert axis_of("alpha", (0.0, 1.0, 100.0)).kind == "linear", "0 has no logarithm"
    named = axis_of("strategy", ("fedprox", "fedavg"))
    assert [(text, place) for _, place, text in named.places] == [("fedprox", 0.0), ("fedavg", 1.0)]
    assert axis_of("flag", (False, True)).kind == "named"


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (0.5, 0.5), (0.0, 1e-4), (-3.0, 700.0)])
def test_ticks_hold_the_values_between_them(low: float, high: float) -> None:
    ticks = value_ticks(low, high)
    assert ticks[0] <= low + 1e-9
    assert ticks[-1] >= high - 1e-9
    assert 2 <= len(ticks) <= 9
    steps = [b - a for a, b in pairwise(ticks)]
    assert all(math.isclose(step, steps[0]) for step in steps)


def measured(root: Path, against: str | None = "skew") -> SweepView:
    """Two curves of two points; the skew differs from seed to seed."""
    swept = {"focus": (0.4, 1.0), "strategy": ("fedavg", "fedprox")}
    cells = [
        cell(
            {"focus": focus, "strategy": strategy, "seed": seed},
            0.8 - 0.2 * focus,
            loss=2.5,
            skew=round(focus - 0.1 + 0.02 * seed, 3),
        )
        for seed in (0, 1)
        for focus in swept["focus"]
        for strategy in swept["strategy"]
    ]
    return read_sweep(write_sweep(cells, swept, root=root, against=against))


def test_against_a_metric_a_point_stands_at_its_mean_over_the_seeds(tmp_path: Path) -> None:
    found = measured(tmp_path)
    assert [curve.label for curve in curves(found)] == ["strategy=fedavg", "strategy=fedprox"]
    assert [at for at, _ in curves(found)[0].points] == [pytest.approx(0.31), pytest.approx(0.91)]
    assert titles(found) == ["focus", "strategy", "runs", "skew", "accuracy", "rounds to 0.5", "took"]
    assert cells_of(combinations(found)[0], found)[3] == "0.310"
    default = measured(tmp_path, None)
    assert [at for at, _ in curves(default)[0].points] == [0.4, 1.0]
    assert "skew" not in titles(default)


def test_a_metrics_axis_has_round_numbers_and_each_run_its_own_place(tmp_path: Path) -> None:
    lines = plot(measured(tmp_path), 60, 18)
    assert lines[0] == "accuracy against skew"
    marks = next(line for line in lines if line.split()[:1] == ["0.2"])
    assert marks.split() == ["0.2", "0.4", "0.6", "0.8", "1"]
    text = svg(measured(tmp_path))
    root = ET.fromstring(text)
    assert "skew" in {item.text for item in root.iter("{http://www.w3.org/2000/svg}text")}
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    dots = sorted({float(c.get("cx", 0)) for c in circles if c.get("r") == "2"})
    means = sorted({float(c.get("cx", 0)) for c in circles if c.get("r") == "4"})
    assert (len(dots), len(means)) == (4, 2)
    assert dots[0] < means[0] < dots[1]
    per_skew = (means[1] - means[0]) / 0.6
    assert dots[1] - dots[0] == pytest.approx(0.02 * per_skew, abs=0.2)


def test_a_metric_that_no_run_recorded_draws_nothing_and_names_those_there_are(tmp_path: Path) -> None:
    found = measured(tmp_path, "skwe")
    assert (curves(found), plot(found, 60, 18), svg(found)) == ((), [], "")
    sentence = sentences(found)[0]
    assert sentence.startswith("--against: no run recorded skwe; recorded are accuracy, loss, skew; ")
    failed = [cell({"focus": focus, "seed": 0}, None, Verdict.FAILED) for focus in (0.4, 1.0)]
    nothing = read_sweep(write_sweep(failed, {"focus": (0.4, 1.0)}, (), root=tmp_path, against="skew"))
    assert unknown_metric("skew", nothing.cells) == "", "a failed run proves nothing about metrics"


def test_the_tables_have_every_metric_and_none_hides_another_column(tmp_path: Path) -> None:
    found = measured(tmp_path, None)
    row = next(csv.DictReader(io.StringIO(cells_csv(found))))
    assert (row["accuracy"], row["loss"], row["skew"]) == ("0.72", "2.5", "0.3")
    point = next(csv.DictReader(io.StringIO(curve_csv(found))))
    assert float(point["skew_mean"]) == pytest.approx(0.31)
    assert float(point["skew_std"]) == pytest.approx(statistics.stdev((0.30, 0.32)))
    same = [cell({"loss": 0.1 * n, "seed": 0}, 0.5, loss=2.5, rounds=9.0) for n in (1, 2)]
    names = cells_csv(read_sweep(write_sweep(same, {"loss": (0.1, 0.2)}, (), root=tmp_path))).splitlines()[0]
    assert names.split(",")[0] == "loss"
    assert names.split(",")[-2:] == ["metric_loss", "metric_rounds"]
