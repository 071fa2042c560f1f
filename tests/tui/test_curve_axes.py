"""The axes of the curve: round numbers that hold every value, marks that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fltui.tui.ticks import nice_ticks, round_ticks, tight_ticks

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
