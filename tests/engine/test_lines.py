"""Lines: what matchers see of a child's bytes."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fltui.engine.lines import LONGEST_LINE, LineReader, Matcher, strip_escapes


def reader(pattern: str, partial: bool = False) -> tuple[LineReader, list[str]]:
    seen: list[str] = []
    return LineReader([Matcher(pattern, lambda line, match: seen.append(line), partial)]), seen


def test_a_line_cut_at_any_byte_is_found_once() -> None:
    data = "one\nrëady at 8080\nthree\n".encode()
    for cut in range(len(data)):
        lines, seen = reader("rëady")
        lines.feed(data[:cut])
        lines.feed(data[cut:])
        assert seen == ["rëady at 8080"], cut


def test_colours_inside_a_word_do_not_hide_it() -> None:
    lines, seen = reader("gRPC server running")
    lines.feed(b"\x1b[92mINFO \x1b[0m: gRPC \x1b[1mserver\x1b[0m running\n")
    assert seen == ["INFO : gRPC server running"]


def test_a_prompt_without_newline_is_seen_and_counted_once() -> None:
    lines, seen = reader(r"ready> ", partial=True)
    lines.feed(b"hello\nready> ")
    assert seen == ["ready> "]
    lines.feed(b"typed\n")
    assert seen == ["ready> "], "its completion is not a second line"
    lines.feed(b"ready> ")
    assert seen == ["ready> ", "ready> "]


def test_metrics_wait_for_the_end_of_the_line() -> None:
    lines, seen = reader(r"accuracy (\d+)")
    lines.feed(b"accuracy 9")
    assert seen == []
    lines.feed(b"1\n")
    assert seen == ["accuracy 91"]


def test_a_progress_bar_redraws_its_line() -> None:
    lines, seen = reader("100%")
    lines.feed(b"\r 10%\r 50%\r100%\n")
    assert seen == ["100%"]
    lines.feed(b"\r 10%\r 20%")
    assert lines.partial_line == " 20%"


def test_windows_line_ends_are_no_part_of_the_line() -> None:
    lines, seen = reader("done$")
    lines.feed(b"all done\r\n")
    assert seen == ["all done"]


def test_a_line_of_ten_megabytes_is_capped_and_the_next_one_seen() -> None:
    lines, seen = reader("after|needle")
    for _ in range(160):
        lines.feed(b"x" * 65536)
    assert len(lines.partial_line) == LONGEST_LINE
    lines.feed(b"needle behind the cap\nafter\n")
    assert seen == ["after"]


@pytest.mark.parametrize("chunk", [1000, 65536, 1_000_000])
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_what_stands_behind_a_long_progress_bar_is_seen(chunk: int, end: bytes) -> None:
    bar = b"".join(b"%6d/20000 [=====>    ]\r" % step for step in range(20000))
    data = bar + b"accuracy 91" + end + b"ready> "
    lines = LineReader([])
    found: dict[str, list[str]] = {pattern: [] for pattern in (r"accuracy \d+", "ready> ", "^ 19999/20000")}
    lines.matchers = [
        Matcher(pattern, lambda line, match, p=pattern: found[p].append(match[0]), partial="ready" in pattern)
        for pattern in found
    ]
    for start in range(0, len(data), chunk):
        lines.feed(data[start : start + chunk])
    assert found["ready> "] == ["ready> "]
    assert len(lines.partial_line) < 100
    lines.feed(b"\n")
    assert found == {
        r"accuracy \d+": ["accuracy 91"],
        "ready> ": ["ready> "],
        "^ 19999/20000": [" 19999/20000"],
    }


def test_a_bar_behind_ten_megabytes_is_seen() -> None:
    lines, seen = reader("behind|needle")
    for _ in range(160):
        lines.feed(b"x" * 65536)
    lines.feed(b"needle\rthis is behind\n")
    assert seen == ["this is behind"]


def test_what_has_no_newline_at_the_end_is_a_line_too() -> None:
    lines, seen = reader("last words")
    lines.feed(b"last words")
    lines.finish()
    assert seen == ["last words"]


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe\x00", b"\x1b]0;title\x07", b"\x1b]52;c;aGk=\x1b\\", b"\x1b[?1049h"]
)
def test_junk_around_a_line_does_not_hide_it(junk: bytes) -> None:
    lines, seen = reader("ready")
    lines.feed(junk + b"ready" + junk + b"\n")
    assert len(seen) == 1


@given(st.text(alphabet="ab \n\r1\x1b[m", max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_searching_blocks_finds_what_searching_lines_finds(text: str, cuts: list[int]) -> None:
    patterns = ["a", "b$", r"^ *a", r"\d", "a(?!b)", r"\Aa", "(?<!a)b"]
    found: dict[str, list[str]] = {pattern: [] for pattern in patterns}
    lines = LineReader(
        [Matcher(pattern, lambda line, match, p=pattern: found[p].append(line)) for pattern in patterns]
    )
    data = (text + "\n").encode()
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    for start, end in itertools.pairwise(edges):
        lines.feed(data[start:end])
    plain = [
        part for line in strip_escapes(text + "\n").split("\n")[:-1] for part in line.split("\r") if part
    ]
    for pattern in patterns:
        assert found[pattern] == [line for line in plain if re.search(pattern, line)], pattern


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"^(a+)+$", "a" * 60 + "b"),
        (r"loss.*acc.*round (?P<round>\d+) (?P<accuracy>[\d.]+)", "loss acc " * 5000),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_a_pattern_that_takes_too_long_is_told_and_dropped_and_the_others_go_on(
    pattern: str, line: str, partial: bool
) -> None:
    slow: list[str] = []
    seen: list[str] = []
    ready = Matcher("ready", lambda line, match: seen.append(line))
    matchers = [ready, Matcher(pattern, _never, partial)]
    lines = LineReader(matchers, slow.append, most_s=0.05)
    began = time.process_time()
    lines.feed(b"is ready\n" + line.encode() + (b"" if partial else b"\n"))
    lines.feed(b"\nready again\n" + line.encode() + b"\n")
    assert time.process_time() - began < 5
    assert slow == [pattern]
    assert seen == ["is ready", "ready again"]


def _never(line: str, match: re.Match[str]) -> None:
    raise AssertionError(f"{line[:40]!r} was found by a pattern that takes too long")
