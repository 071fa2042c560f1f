"""Search finds the lines that a reader of the whole file would find, in both directions."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fltui.record import log_search
from fltui.record.log_search import ANSI, Hit, compile_search
from fltui.record.log_view import LogView

PATTERNS = ["a", "ab", "b+", "^a", "b$", "a.b", "(?!x)", r"a\s*b", r"\.", "", "[^a]", "a|b", r"\d"]
TEXT = st.lists(
    st.sampled_from([b"a", b"b", b"\n", b".", b"A", b"7", b" ", b"\x1b[31m", b"\x1b[0m", b"\r"]), max_size=80
)


def view_of(folder: Path, content: bytes) -> LogView:
    path = folder / "server.log"
    path.write_bytes(content)
    return LogView(path)


def expected(content: bytes, pattern: re.Pattern[bytes]) -> list[Hit]:
    hits, offset = [], 0
    for line in content.split(b"\n"):
        shown = ANSI.sub(b"", line)
        match = pattern.search(shown)
        last = offset + len(line) == len(content)
        if match and (shown or not last):  # nothing shown after the last newline is no line
            hits.append(Hit(offset, match.start(), match.end()))
        offset += len(line) + 1
    return hits


@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize("source", PATTERNS)
def test_both_directions_find_what_a_plain_reader_finds(
    monkeypatch: pytest.MonkeyPatch, source: str, ignore_case: bool
) -> None:
    monkeypatch.setattr(log_search, "_CHUNK", 5)
    pattern = compile_search(source, ignore_case)

    @settings(max_examples=60, deadline=None)
    @given(TEXT)
    def check(parts: list[bytes]) -> None:
        content = b"".join(parts)
        with tempfile.TemporaryDirectory() as folder:
            view = view_of(Path(folder), content)
            wanted = expected(content, pattern)
            assert list(view.search(pattern)) == wanted
            assert list(view.search(pattern, len(content), backwards=True)) == wanted[::-1]
            for line in view.lines(0, 100):
                later = [hit for hit in wanted if hit.offset >= line.offset]
                assert list(view.search(pattern, line.offset)) == later
                earlier = [hit for hit in wanted if hit.offset < line.offset]
                assert list(view.search(pattern, line.offset, backwards=True)) == earlier[::-1]
            view.close()

    check()


def test_a_line_longer_than_any_piece_is_one_hit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "_CHUNK", 64)
    monkeypatch.setattr(log_search, "_LONGEST_LINE", 256)
    content = b"first\n" + b"x" * 500 + b"needle" + b"x" * 700 + b"needle" + b"x" * 300 + b"\nneedle\n"
    view = view_of(tmp_path, content)
    forwards = [hit.offset for hit in view.search(compile_search("needle"))]
    assert forwards == [6, content.index(b"\nneedle") + 1]
    backwards = [hit.offset for hit in view.search(compile_search("needle"), len(content), backwards=True)]
    assert backwards == forwards[::-1]


def test_colours_inside_a_word_do_not_hide_it(tmp_path: Path) -> None:
    view = view_of(tmp_path, b"\x1b]0;title\x07plain\n\x1b[1;31mround\x1b[0m \x1b[32m3\x1b[0m done\n")
    assert list(view.search(compile_search("round 3 done"))) == [Hit(16, 0, 12)]
    assert list(view.search(compile_search("title"))) == []
    assert list(view.search(compile_search("31m"))) == []


def test_literal_text_is_not_a_pattern(tmp_path: Path) -> None:
    view = view_of(tmp_path, b"axb\na.b (1)\n")
    assert [hit.offset for hit in view.search(compile_search("a.b (1)", literal=True))] == [4]
    assert [hit.offset for hit in view.search(compile_search("A.B (1)", ignore_case=True, literal=True))] == [
        4
    ]
    assert [hit.offset for hit in view.search(compile_search("a.b"))] == [0, 4]


def test_letters_beyond_ascii_are_found(tmp_path: Path) -> None:
    view = view_of(tmp_path, "genauigkeit größer\n".encode())
    assert len(list(view.search(compile_search("größer")))) == 1


def test_a_bad_pattern_says_what_is_bad() -> None:
    with pytest.raises(re.error, match="unterminated"):
        compile_search("(")


@pytest.mark.parametrize("backwards", [False, True])
def test_a_search_that_finds_nothing_can_be_stopped(tmp_path: Path, backwards: bool) -> None:
    view = view_of(tmp_path, b"nothing here\n" * 1_000_000)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    start = view.size if backwards else 0
    assert list(view.search(compile_search("needle"), start, backwards, stop)) == []
    assert asked == 4


def test_hits_come_as_they_are_found(tmp_path: Path) -> None:
    view = view_of(tmp_path, b"needle\n" + b"hay\n" * 1_000_000)
    search = view.search(compile_search("needle"), stop=lambda: False)
    assert next(search).offset == 0
    search.close()  # type: ignore[attr-defined]
