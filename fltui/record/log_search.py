"""Searches a log line by line, forwards or backwards, a MiB at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_CHUNK = 1 << 20
_LONGEST_LINE = 16 << 20  # a longer one is searched in pieces; a match across two of them is missed

# What a terminal obeys instead of showing. Never across a newline, so that lines stay lines.
ANSI = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_ESCAPED = re.compile(rb"\\([^A-Za-z0-9])")
_SPECIAL = re.compile(rb"[\\^$.|?*+()\[\]{}]")

Read = Callable[[int, int], bytes]  # (offset, size) -> at most size bytes


class Hit(NamedTuple):
    """A line that matches. `offset`: where it begins in the file; `start`, `end`: the first match in
    the line's bytes without their escape sequences."""

    offset: int
    start: int
    end: int


def compile_search(text: str, ignore_case: bool = False, literal: bool = False) -> re.Pattern[bytes]:
    """What to search for: a regular expression, or `literal` text. Raises re.error with its reason."""
    source = re.escape(text) if literal else text
    return re.compile(source.encode(), re.MULTILINE | (re.IGNORECASE if ignore_case else 0))


def forwards(
    read: Read, start: int, size: int, pattern: re.Pattern[bytes], stop: Callable[[], bool]
) -> Iterator[Hit]:
    """Hits in the lines from `start` (where a line begins) to `size`."""
    needle, line, last = _needle(pattern), start, -1
    while start < size and not stop():
        data = read(start, min(_CHUNK, size - start))
        while b"\n" not in data and len(data) < min(_LONGEST_LINE, size - start):
            data += read(start + len(data), min(_CHUNK, size - start - len(data)))
        if start + len(data) < size:
            data = data[: data.rfind(b"\n") + 1] or data
        for hit in _hits(data, start, line, pattern, needle):
            if hit.offset != last:
                last = hit.offset
                yield hit
        start += len(data)
        if data.endswith(b"\n"):
            line = start


def backwards(read: Read, end: int, pattern: re.Pattern[bytes], stop: Callable[[], bool]) -> Iterator[Hit]:
    """Hits in the lines before `end` (where a line begins), the last one first."""
    needle, last = _needle(pattern), -1
    while end > 0 and not stop():
        start = max(0, end - _CHUNK)
        data = read(start, end - start)
        # The first line of the block is whole only where the byte before it is a newline; the
        # newline that ends the block says nothing.
        while (
            (cut := data.find(b"\n", 0, len(data) - 1) + 1) == 0 and start > 0 and len(data) < _LONGEST_LINE
        ):
            before = max(0, start - _CHUNK)
            data = read(before, start - before) + data
            start = before
        if start > 0 and cut:
            data, start = data[cut:], start + cut
        line = start if cut or start == 0 else _line_start(read, start)
        for hit in reversed(list(_hits(data, start, line, pattern, needle))):
            if hit.offset != last:
                last = hit.offset
                yield hit
        end = start


def _line_start(read: Read, offset: int) -> int:
    while offset > 0:
        start = max(0, offset - _CHUNK)
        at = read(start, offset - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        offset = start
    return 0


def _hits(
    data: bytes, base: int, line: int, pattern: re.Pattern[bytes], needle: bytes | None
) -> Iterator[Hit]:
    """Hits in a block at `base`, whose first line begins at `line` (before `base`: a piece)."""
    shown = ANSI.sub(b"", data) if b"\x1b" in data else data
    if needle is not None and needle not in (shown.lower() if pattern.flags & re.IGNORECASE else shown):
        return
    # Escape sequences hold no newline, so line k of `shown` is line k of `data`.
    at_shown = at_data = 0
    position = 0
    while found := pattern.search(shown, position):
        start = shown.rfind(b"\n", 0, found.start()) + 1
        if start >= len(shown):
            return
        end = shown.find(b"\n", found.start())
        end = len(shown) if end < 0 else end
        # Once more in the line alone: a match must not reach into the next one.
        match = pattern.search(shown[start:end])
        if match:
            if shown is data:
                at_data = start
            else:
                for _ in range(shown.count(b"\n", at_shown, start)):
                    at_data = data.find(b"\n", at_data) + 1
                at_shown = start
            yield Hit(base + at_data if at_data else line, match.start(), match.end())
        position = end + 1
        if position > len(shown):
            return


def _needle(pattern: re.Pattern[bytes]) -> bytes | None:
    """The plain text that a pattern consists of, in lower case where case is ignored; to look for
    that first is up to ten times as fast."""
    if _SPECIAL.search(_ESCAPED.sub(b"", pattern.pattern)):
        return None
    needle = _ESCAPED.sub(rb"\1", pattern.pattern)
    return needle.lower() if pattern.flags & re.IGNORECASE else needle
