"""Search in the chosen pane: on a thread, so that a large log never holds up a key."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from fltui.record.log_search import Hit, compile_search
from fltui.record.log_view import LogView

if TYPE_CHECKING:
    from fltui.tui.screens.run import RunScreen


class Search:
    """The present search of a run screen. A new one ends the one before."""

    def __init__(self, screen: RunScreen) -> None:
        self._screen = screen
        self._text = ""
        self._stop = threading.Event()

    def start(self, text: str) -> None:
        """Looks backwards from the end: what happened last is what one looks for."""
        self._text = text
        if text:
            self._run(backwards=True, from_current=False)

    def next(self, backwards: bool) -> None:
        if self._text:
            self._run(backwards, from_current=True)

    def clear(self) -> None:
        self._stop.set()
        self._text = ""
        if self._screen.pane is not None:
            self._screen.pane.lines.highlight(None)
        self._screen.search_bar.tell("")

    def _run(self, backwards: bool, from_current: bool) -> None:
        pane = self._screen.pane
        if pane is None:
            return
        self._stop.set()
        self._stop = stop = threading.Event()
        ignore_case = self._text == self._text.lower()
        try:
            pattern = compile_search(self._text, ignore_case)
            shown = re.compile(self._text, re.IGNORECASE if ignore_case else 0)
        except re.error as error:
            self._screen.search_bar.tell(f"no regular expression: {error}")
            return
        lines = pane.lines
        if from_current and lines.current is not None:
            start = lines.current
            if not backwards:
                ahead = lines.log_view.lines(start, 1)
                start = ahead[0].end if ahead else start
        else:
            start = lines.log_view.size
        self._screen.search_bar.tell("searching …")
        path = lines.log_view.path

        def look() -> None:
            view = LogView(path)
            hit = next(view.search(pattern, start, backwards=backwards, stop=stop.is_set), None)
            number = view.line_number(hit.offset) if hit is not None and view.size < 200_000_000 else None
            view.close()
            if not stop.is_set():
                self._screen.app.call_from_thread(self._found, shown, hit, number)

        threading.Thread(target=look, daemon=True).start()

    def _found(self, pattern: re.Pattern[str], hit: Hit | None, number: int | None) -> None:
        pane = self._screen.pane
        if pane is None:
            return
        if hit is None:
            self._screen.search_bar.tell("no match that way")
            return
        pane.lines.highlight(pattern, hit.offset)
        pane.lines.go_to_offset(hit.offset)
        self._screen.search_bar.tell(f"line {number:,}" if number else "found")
