"""The axes of the curve: round numbers that hold every value, marks that fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until_shown
from hypothesis import given
from hypothesis import strategies as st
from synthetic_runs import SyntheticRun

from fltui.facts.verdict import Verdict
from fltui.tui.app import FltuiApp
from fltui.tui.ticks import last_round, nice_ticks, round_ticks, tight_ticks

VALUES = st.floats(-1e6, 1e6)


def test_accuracies_get_steps_that_people_count_in() -> None:
    low, high, ticks = nice_ticks(0.471, 0.64, 5)
    assert (low, high) == pytest.approx((0.45, 0.65))
    assert ticks == pytest.approx([0.45, 0.5, 0.55, 0.6, 0.65])


@given(VALUES, VALUES, st.integers(2, 12))
def test_an_axis_holds_its_values_with_no_more_marks_than_asked(a: float, b: float, most: int) -> None:
    low, high, ticks = nice_ticks(min(a, b), max(a, b), most)
    slack = 1e-6 * max(1.0, abs(a), abs(b))
    assert low - slack <= min(a, b) <= max(a, b) <= high + slack
    assert low < high
    assert 2 <= len(ticks) <= max(3, most)


@given(st.integers(0, 50), st.integers(1, 10_000), st.integers(2, 30))
def test_rounds_are_marked_from_the_first_on_and_fit(first: int, length: int, most: int) -> None:
    numbers = round_ticks(first, first + length, most)
    assert numbers[0] == first
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= most + 2


def test_a_single_value_has_room_around_it() -> None:
    assert tight_ticks(0.8, 0.8) == (0.75, pytest.approx(0.85), [0.75, pytest.approx(0.85)])


@pytest.mark.parametrize(
    ("planned", "done", "last"),
    [(3, 0, 3), (400, 17, 34), (400, 79, 158), (400, 80, 400), (400, 1, 10), (3, 5, 5)],
)
def test_the_axis_ends_at_the_plan_once_a_fifth_of_it_is_done(planned: int, done: int, last: int) -> None:
    assert last_round(planned, done) == last


async def test_a_narrow_band_is_not_pressed_flat_by_round_0(tmp_path: Path, own_site: Path) -> None:
    run = SyntheticRun(tmp_path / "run", rounds=400)
    run.begin()
    for number, value in enumerate((0.1, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95)):
        run._metric("evaluate", "global", number, "accuracy", value)
    run.end(Verdict.FAILED, "enough")
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_shown(pilot, ".900")
        curve = screen_of(pilot).curve
        assert ".100" not in text_of(pilot)
        rows = [strip.text for strip in curve._strips]
        assert " 10" in rows[-2]
        assert " 400" not in rows[-2]
