"""From a child's bytes to lines that matched: complete lines, and the partial one of a prompt.

Most output matches nothing, so a whole block is searched first and split into lines only if some
pattern is in it (measured: 200,000 lines cost 0.1 CPU s instead of 1.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fltui.engine.time_limit import TooSlow, at_most

LONGEST_LINE = 64 * 1024
SEARCH_S = 0.5  # of CPU, for one read of a child's output; mostly it is some microseconds

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]{0,65536}(?:\x07|\x1b\\)"  # OSC: titles, links, clipboard
    r"|[PX^_][^\x1b]{0,65536}\x1b\\"  # DCS, SOS, PM, APC
    r"|[ -/]*[0-~])"  # two and three characters
)
# What such patterns match in one line, a search over a block of lines may miss.
_ONE_LINE_ONLY = re.compile(r"\\A|\\Z|\(\?!|\(\?<!|\(\?[a-z]*s|\(\?\(")
_LINE_END = re.compile(rb"[\r\n]")


def strip_escapes(text: str) -> str:
    return _ESCAPES.sub("", text) if "\x1b" in text else text


@dataclass
class Matcher:
    """Calls `found(line, match)` for each line that `pattern` is found in.

    `partial`: also on the line that has no end yet; once per line either way.
    """

    pattern: str
    found: Callable[[str, re.Match[str]], None]
    partial: bool = False
    _regex: re.Pattern[str] = field(init=False, repr=False)
    _block: re.Pattern[str] | None = field(init=False, repr=False)
    _found_in_partial: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self._regex = re.compile(self.pattern)
        one_line = _ONE_LINE_ONLY.search(self.pattern) is not None
        self._block = None if one_line else re.compile(self.pattern, re.MULTILINE)

    def may_match(self, block: str) -> bool:
        """Whether some line of `block` might match; never wrongly no."""
        return self._block is None or self._block.search(block) is not None

    def in_line(self, line: str, begun_as_partial: bool) -> re.Match[str] | None:
        if begun_as_partial and self._found_in_partial:
            return None
        return self._regex.search(line)

    def in_partial(self, line: str) -> re.Match[str] | None:
        return self._regex.search(line) if self.partial and not self._found_in_partial else None

    def found_in_partial(self, line: str, match: re.Match[str]) -> None:
        self._found_in_partial = True
        self.found(line, match)

    def line_ended(self) -> None:
        self._found_in_partial = False


Found = list[tuple[Matcher, str, re.Match[str]]]


class LineReader:
    """Feeds matchers with one child's output. `partial_line` is what has no newline yet.

    `too_slow(pattern)`: a search took `most_s` seconds of CPU; this output is not searched for it any more.
    """

    def __init__(
        self,
        matchers: list[Matcher],
        too_slow: Callable[[str], None] = lambda pattern: None,
        most_s: float = SEARCH_S,
    ) -> None:
        self.matchers = matchers
        self._too_slow = too_slow
        self._most_s = most_s
        self._trying: Matcher | None = None
        self._tail = b""
        self._too_long = False

    @property
    def partial_line(self) -> str:
        return _last_segment(_text(self._tail))

    def feed(self, data: bytes) -> None:
        if self._too_long:  # the rest of such a line is skipped
            rest = _LINE_END.search(data)
            if rest is None:
                return
            data = data[rest.start() :]
            self._too_long = False
        data = self._tail + data
        end = data.rfind(b"\n") + 1
        if end:
            self._match_block(data[:end])
            for matcher in self.matchers:
                matcher.line_ended()
        self._tail = data[end:]
        if len(self._tail) > LONGEST_LINE:
            self._shorten()
        if self._tail and any(matcher.partial for matcher in self.matchers):
            line = self.partial_line
            for matcher, _, match in self._within_time(lambda: self._in_partial(line)):
                matcher.found_in_partial(line, match)

    def _shorten(self) -> None:
        """Of a progress bar what was drawn over goes, of any other line all beyond the cap."""
        drawn = self._tail.rfind(b"\r") + 1
        if drawn:
            self._match_block(self._tail[:drawn])
            self._tail = self._tail[drawn:]
        self._too_long = len(self._tail) > LONGEST_LINE
        self._tail = self._tail[:LONGEST_LINE]

    def finish(self) -> None:
        """The output ended: what has no newline is a line too."""
        if self._tail:
            self.feed(b"\n")

    def _match_block(self, block: bytes) -> None:
        if not self.matchers:
            return
        text = _text(block)
        begun = text.count("\r", 0, text.find("\n"))  # segments of the line that was partial before
        if "\r" in text:
            text = text.replace("\r", "\n")
        for matcher, line, match in self._within_time(lambda: self._in_block(text, begun)):
            matcher.found(line, match)

    def _in_block(self, text: str, begun: int) -> Found:
        """What matches, in the order of the lines; `begun`: so many of them were partial ones before."""
        candidates = [matcher for matcher in self._each() if matcher.may_match(text)]
        found: Found = []
        for number, line in enumerate(text.split("\n")[:-1] if candidates else ()):
            if line:
                line = line[:LONGEST_LINE]
                for matcher in self._each(candidates):
                    if match := matcher.in_line(line, begun_as_partial=number <= begun):
                        found.append((matcher, line, match))
        return found

    def _in_partial(self, line: str) -> Found:
        return [(matcher, line, match) for matcher in self._each() if (match := matcher.in_partial(line))]

    def _each(self, some: list[Matcher] | None = None) -> Iterator[Matcher]:
        for matcher in self.matchers if some is None else some:
            self._trying = matcher
            yield matcher

    def _within_time(self, search: Callable[[], Found]) -> Found:
        """What `search` finds, without the matchers that take too long."""
        while True:
            try:
                with at_most(self._most_s):
                    return search()
            except TooSlow:
                slow = self._trying
                self.matchers = [matcher for matcher in self.matchers if matcher is not slow]
                if slow is not None:
                    self._too_slow(slow.pattern)


def _text(data: bytes) -> str:
    return strip_escapes(data.decode("utf-8", "replace"))


def _last_segment(text: str) -> str:
    """What a `\\r` progress bar shows last."""
    return text.rstrip("\r").rpartition("\r")[2]
