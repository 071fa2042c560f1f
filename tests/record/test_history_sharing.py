"""A History is a tuple to its holder, whoever else adds to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fltui.record.history import History


@given(st.lists(st.tuples(st.integers(0, 30), st.integers())))
def test_histories_that_branch_never_see_each_other(additions: list[tuple[int, int]]) -> None:
    made: list[tuple[History[int], tuple[int, ...]]] = [(History(), ())]
    for parent, item in additions:
        history, content = made[parent % len(made)]
        made.append((history.added(item), (*content, item)))
    for history, content in made:
        assert tuple(history) == content
        assert len(history) == len(content)
        assert tuple(history[-3:]) == content[-3:]
        assert all(history[-1 - i] == content[-1 - i] for i in range(len(content)))


def test_an_index_past_the_end_is_an_error_though_a_longer_one_has_it() -> None:
    short = History([1, 2])
    short.added(3)
    with pytest.raises(IndexError):
        short[2]
    with pytest.raises(IndexError):
        short[-3]


def test_equal_content_is_equal() -> None:
    assert History([1]).added(2) == History([1, 2])
    assert hash(History([1, 2])) == hash(History([1]).added(2))
    assert History([1]) != History([2])
