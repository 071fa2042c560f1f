"""Secrets are overwritten before they are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fltui.engine.mask import Mask


def test_a_secret_becomes_stars_of_equal_length() -> None:
    assert Mask([b"hunter2"]).feed(b"pass hunter2!") == b"pass *******!"


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_secret_split_over_reads_never_shows(first: int, second: int) -> None:
    data = b"abc hunter2 hunhunter2x"
    low, high = sorted((min(first, len(data)), min(second, len(data))))
    mask = Mask([b"hunter2"])
    out = mask.feed(data[:low]) + mask.feed(data[low:high]) + mask.feed(data[high:]) + mask.flush()
    assert out == b"abc ******* hun*******x"


def test_what_only_began_like_a_secret_is_kept() -> None:
    mask = Mask([b"hunter2"])
    assert mask.feed(b"hun") == b""
    assert mask.holds
    assert mask.flush() == b"hun"


def test_without_secrets_bytes_pass_untouched() -> None:
    data = bytes(range(256))
    assert Mask([]).feed(data) is data
