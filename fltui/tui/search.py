"""Search in the chosen pane: on a thread, so that a large log never holds up a key."""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from fltui.record.log_search import compile_search
from fltui.record.log_view import LogView
from fltui.tui.from_threads import teller
from fltui.tui.glyphs import glyph

if TYPE_CHECKING:
    from fltui.tui.screens.run_base import RunBase
    from fltui.tui.widgets.log_lines import LogLines

_MOST_COUNTED = 1_000_000
_COUNTED_AT_ONCE = 50_000
_SLICE_S = 0.02


class _AsShown(LogView):
    """A log as far as its pane shows it now: that of a replay ends at the playhead."""

    def __init__(self, shown: LogView) -> None:
        super().__init__(shown.path)
        self._most = shown.size

    @property
    def size(self) -> int:
        return min(super().size, self._most)

    def _read(self, offset: int, size: int) -> bytes:
        return super()._read(offset, max(0, min(size, self._most - offset)))


class Search:
    """The present search of a run screen. A new one ends the one before."""

    def __init__(self, screen: RunBase) -> None:
        self._screen = screen
        self._text = ""
        self._stop = threading.Event()
        self._hand_over: Callable[..., None]  # the screen has an app only when it is shown
        self._followed: LogLines | None = None  # what followed its log before it was searched

    def begin(self) -> None:
        """Remembers whether the chosen pane follows its log, for a search that comes to nothing."""
        pane = self._screen.pane
        self._followed = pane.lines if pane is not None and pane.lines.following else None

    def start(self, text: str) -> None:
        """Looks backwards from the end: what happened last is what one looks for."""
        self._text = text
        if text:
            self._run(backwards=True, from_current=False)
        else:
            self._stop.set()
            self._found_nothing("")

    def next(self, backwards: bool) -> None:
        if self._text:
            self._run(backwards, from_current=True)
        else:
            self._screen.notify("nothing is searched for; / begins")

    def clear(self) -> None:
        self._stop.set()
        self._text = ""
        self._found_nothing("")

    def _found_nothing(self, words: str) -> None:
        """Nothing is marked, and what followed its log before the search follows it again."""
        for pane in self._screen.panes.values():
            pane.lines.highlight(None)
        if self._followed is not None:
            self._followed.follow()
        self._screen.search_bar.tell(words)

    def go_to_line(self, number: int) -> None:
        """Shows line `number` (from 1) of the chosen pane. Counting 2 GB takes about a second."""
        pane = self._screen.pane
        if pane is None:
            return
        lines = pane.lines

        def look(stop: threading.Event, view: LogView) -> None:
            offset = view.offset_of_line(number)
            if offset is None:
                words = f"the log of {pane.process_name} has fewer than {number:,} lines"
                self._tell(stop, lambda: self._screen.notify(words))
            else:
                self._tell(stop, lambda: lines.go_to_offset(offset))

        self._on_thread(lines.log_view, look)

    def _run(self, backwards: bool, from_current: bool) -> None:
        pane = self._screen.pane
        if pane is None:
            return
        # Lower case finds any case; what has no letters is searched for twice as fast with its case.
        ignore_case = self._text == self._text.lower() != self._text.upper()
        try:
            pattern = compile_search(self._text, ignore_case)
            shown = re.compile(self._text, re.IGNORECASE if ignore_case else 0)
        except re.error as error:
            self._stop.set()
            self._found_nothing(f"no regular expression: {error}")
            return
        lines, bar = pane.lines, self._screen.search_bar
        size = lines.log_view.size
        if from_current and lines.current is not None:
            start = lines.current
            if not backwards:
                ahead = lines.log_view.lines(start, 1)
                start = ahead[0].end if ahead else start
        else:
            start = size
        bar.tell(f"searching {glyph('cut')}")

        def look(stop: threading.Event, view: LogView) -> None:
            hit = next(view.search(pattern, start, backwards=backwards, stop=stop.is_set), None)
            if hit is None:
                nothing = partial(bar.tell, "no match that way") if from_current else self._no_match
                self._tell(stop, nothing)
                return

            def show() -> None:
                lines.highlight(shown, hit.offset)
                lines.go_to_offset(hit.offset)
                bar.tell(f"counting {glyph('cut')}")

            self._tell(stop, show)
            self._count(stop, view, pattern, hit.offset)

        self._on_thread(lines.log_view, look)

    def _no_match(self) -> None:
        self._found_nothing("no match")

    def _count(self, stop: threading.Event, view: LogView, pattern: re.Pattern[bytes], current: int) -> None:
        """Tells `match 3 of 6  line 198`, again and again while it counts a large log."""
        while not view.count_lines(_SLICE_S):
            if stop.is_set():
                return  # another search began: 2 GB take a second to count
        number = view.line_number(current)
        found = array("Q")
        for hit in view.search(pattern, 0, stop=stop.is_set):
            found.append(hit.offset)
            if len(found) % _COUNTED_AT_ONCE == 0:
                self._tell_count(stop, found, current, number, "+")
            if len(found) >= _MOST_COUNTED:
                break
        self._tell_count(stop, found, current, number, "+" if len(found) >= _MOST_COUNTED else "")

    def _tell_count(
        self, stop: threading.Event, found: array[int], current: int, number: int, more: str
    ) -> None:
        at = bisect_left(found, current)
        which = f"match {at + 1:,} of" if at < len(found) else "matches"
        words = f"{which} {len(found):,}{more}   line {number:,}"
        self._tell(stop, lambda: self._screen.search_bar.tell(words))

    def _on_thread(self, shown: LogView, look: Callable[[threading.Event, LogView], None]) -> None:
        view = _AsShown(shown)  # with an open file of its own
        self._stop.set()
        self._stop = stop = threading.Event()
        self._hand_over = teller(self._screen)

        def run() -> None:
            try:
                look(stop, view)
            finally:
                view.close()

        threading.Thread(target=run, name="search", daemon=True).start()

    def _tell(self, stop: threading.Event, act: Callable[[], object]) -> None:
        """Acts in the app's own thread, unless another search began or the screen has gone."""

        def still() -> None:
            if not stop.is_set():
                act()

        if not stop.is_set():
            self._hand_over(still)
