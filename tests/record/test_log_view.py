"""A log as lines: what is shown agrees with the file, at any offset, while it grows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fltui.record import line_numbers, log_view
from fltui.record.log_view import Line, LogView
from fltui.record.log_writer import LogWriter

LINES = st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), max_size=30)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every border that a large file would meet is met by a small one."""
    monkeypatch.setattr(log_view, "_CHUNK", 7)
    monkeypatch.setattr(log_view, "_SCAN", 16)
    monkeypatch.setattr(log_view, "LONGEST_LINE", 12)
    monkeypatch.setattr(line_numbers, "_STEP", 16)


def view_of(tmp_path: Path, content: bytes) -> LogView:
    path = tmp_path / "server.log"
    path.write_bytes(content)
    return LogView(path)


@pytest.mark.usefixtures("small_pieces")
def test_lines_numbers_and_starts_agree_with_the_file() -> None:
    @settings(max_examples=300, deadline=None)
    @given(LINES, st.binary(max_size=30))
    def check(whole: list[bytes], tail: bytes) -> None:
        tail = tail.replace(b"\n", b"")
        content = b"".join(line + b"\n" for line in whole) + tail
        expected = [*whole, tail] if tail else whole
        starts = [sum(len(line) + 1 for line in expected[:i]) for i in range(len(expected))]
        with tempfile.TemporaryDirectory() as folder:
            view = view_of(Path(folder), content)
            found = view.lines(0, 1000)
            assert [line.offset for line in found] == starts
            assert [line.end for line in found] == [*starts[1:], len(content)][: len(found)]
            for line, real in zip(found, expected, strict=True):
                assert line.cut == max(0, len(real) - 12)
                assert line.data == real if not line.cut else line.data in (real[:12], real[-12:])
            assert [line.complete for line in found] == [True] * len(whole) + [False] * bool(tail)
            for i, start in enumerate(starts):
                assert view.lines(start, 3) == found[i : i + 3]
                assert view.before(start, 4) == found[max(0, i - 4) : i]
                assert view.line_number(start) == i + 1
                assert view.offset_of_line(i + 1) == start
                for offset in range(start, found[i].end):
                    assert view.line_start(offset) == start
            for n in (1, 2, 5):
                assert view.last(n) == found[-n:]
            assert view.offset_of_line(len(expected) + 1) is None or not expected
            view.close()

    check()


@pytest.mark.usefixtures("small_pieces")
def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    @settings(max_examples=200, deadline=None)
    @given(
        LINES, st.lists(st.tuples(st.sampled_from(["start", "lines", "last", "number"]), st.integers(0, 400)))
    )
    def check(whole: list[bytes], questions: list[tuple[str, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asked = view_of(Path(folder), b"\n".join(whole))
            for kind, number in questions:
                fresh = LogView(asked.path)
                offset = fresh.line_start(number % (fresh.size + 1))
                for view in (fresh, asked):
                    view.line_start(number)
                if kind == "start":
                    assert asked.line_start(number) == fresh.line_start(number)
                elif kind == "lines":
                    assert asked.lines(offset, 3) == fresh.lines(offset, 3)
                elif kind == "last":
                    assert asked.last(number % 5) == fresh.last(number % 5)
                else:
                    assert asked.line_number(offset) == fresh.line_number(offset)
                fresh.close()
            asked.close()

    check()


def test_a_log_that_does_not_exist_yet_is_empty_and_then_grows(tmp_path: Path) -> None:
    view = LogView(tmp_path / "server.log")
    assert (view.size, view.lines(0, 5), view.last(5), view.line_number(0)) == (0, [], [], 1)
    assert view.time_at(0) is None
    log = LogWriter(tmp_path, "server")
    log.write(b"one\ntw", 1.0)
    assert view.lines(0, 5) == [Line(0, 4, b"one", 0, True), Line(4, 6, b"tw", 0, False)]
    log.write(b"o\nthree\n", 2.0)
    assert view.lines(4, 5) == [Line(4, 8, b"two", 0, True), Line(8, 14, b"three", 0, True)]
    assert view.offset_of_line(3) == 8


def test_a_long_line_is_cut_but_its_neighbours_are_whole(tmp_path: Path) -> None:
    long = b"x" * 10_000_000
    view = view_of(tmp_path, b"before\n" + long + b"\nafter\n")
    before, cut, after = view.lines(0, 10)
    assert (before.data, after.data) == (b"before", b"after")
    assert (cut.data, cut.cut, cut.complete) == (b"x" * 65536, len(long) - 65536, True)
    assert view.line_start(5_000_000) == 7
    assert view.line_start(9_000_000) == 7
    assert view.last(2) == [cut, after]


def test_a_long_line_that_redraws_itself_shows_its_end(tmp_path: Path) -> None:
    bar = b"".join(b"\r%7d of 20000" % number for number in range(20_000))
    (line,) = view_of(tmp_path, bar + b"\n").lines(0, 5)
    assert line.data.endswith(b"\r  19999 of 20000")
    assert (len(line.data), line.cut) == (65536, len(bar) - 65536)


def test_a_long_line_goes_on_growing(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, "server")
    view = LogView(log.path)
    for size in (100_000, 200_000, 300_000):
        log.write(b"y" * 100_000, 1.0)
        (line,) = view.lines(0, 5)
        assert (line.end, line.cut, line.complete) == (size, size - 65536, False)
    log.write(b"\nz", 1.0)
    line, rest = view.lines(0, 5)
    assert (line.end, line.complete, rest.data) == (300_001, True, b"z")


def test_times_come_from_the_index(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, "server")
    for second in range(100):
        log.write(b"line of second %03d\n" % second, 1000.0 + second)
    view = LogView(log.path)
    for second in range(100):
        line = view.lines(view.offset_at(1000.5 + second), 1)[0]
        assert line.text == f"line of second {second:03}"
        assert view.time_at(line.offset) == 1000.0 + second
    assert view.offset_at(0.0) == 0
    assert view.offset_at(1e12) == 99 * 19
    assert view.gaps() == []


def test_lines_are_counted_ahead_in_slices(tmp_path: Path) -> None:
    view = view_of(tmp_path, b"0123456789\n" * 500_000)
    slices = 0
    while not view.count_lines(budget_s=0.0):
        slices += 1
        assert slices < 100, "each slice gets further"
        view._numbers._next()
    assert view.line_number(11 * 400_000) == 400_001
    assert view.offset_of_line(500_000) == 11 * 499_999
    assert view.offset_of_line(500_001) is None


def test_a_large_log_is_looked_at_without_being_read_into_memory(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from fltui.record.log_search import compile_search
        from fltui.record.log_view import LogView

        path = Path(sys.argv[1])
        block = b"".join(b"%07d a line of a log that goes on\\n" % number for number in range(30_000))
        with path.open("wb") as file:
            for _ in range(150):
                file.write(block)
        del block
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        view = LogView(path)
        size = view.size
        assert size > 150_000_000
        assert view.last(50)[-1].text.startswith("0029999")
        view.before(view.line_start(size // 2), 100)
        assert view.line_number(view.last(1)[0].offset) == 150 * 30_000
        assert list(view.search(compile_search("nowhere in it"))) == []
        assert len(list(view.search(compile_search("0012345 a"), size, backwards=True))) == 150
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 30_000, f"{grown} KiB more"
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "big.log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
