"""A log as lines on the screen: only what is visible is read, rendered and kept.

The position is an offset in the file, so the scrollback is the whole file, whatever its size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from fltui.record.log_search import compile_search
from fltui.record.log_view import Line, LogView
from fltui.tui.glyphs import glyph
from fltui.tui.landmarks import Landmarks
from fltui.tui.log_filter import LEVELS, LogFilter
from fltui.tui.log_rows import Look, Rows
from fltui.tui.palette import Palette

_MOST_COUNTED = 4 << 20
_LEVELS = (None, *LEVELS)


class LogLines(Widget, can_focus=False):
    """Follows the end of the log, or stands where somebody scrolled to.

    `unread`: lines that came since it was last at the end. Posts Moved when it starts or stops
    following.
    """

    class Moved(Message):
        """The view follows, or no longer does."""

    def __init__(
        self,
        path: Path,
        parts: str | None = None,
        round_line: str | None = None,
        round_names: Sequence[re.Pattern[str]] = (),
    ) -> None:
        """`parts`: the recipe's names for a line's parts; `round_line`: how this log tells that a round
        begins; `round_names`: its lines that belong to a round and say so."""
        super().__init__()
        self.log_view = LogView(path)
        self.look_of = Look(parts=re.compile(parts) if parts else None)
        self.landmarks = Landmarks(re.compile(round_line) if round_line else None, round_names)
        self.following = True
        self.filter_text = ""
        self.level: str | None = None
        self.unread = 0
        self.awaited = ""  # what an empty log says
        self._filter: LogFilter | None = None
        self._top = 0
        self._size_seen = 0
        self._filled_for = Size(0, 0)
        self._rows: list[tuple[Line, Strip]] = []
        self._base = Style()
        self._nothing = ""  # what is said instead of lines where the filter leaves none
        self._counting = False  # how many there are is not known yet

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.fill())

    def on_unmount(self) -> None:
        self.log_view.close()

    # -- what is visible ---------------------------------------------------------------------------

    def look(self) -> bool:
        """Takes what came to the file; True when the screen changed."""
        size = self.log_view.size
        searching = self._filter is not None and (self._filter.unfinished or self._counting)
        unfilled = self.size != self._filled_for  # its Resize may still be on the way
        if size == self._size_seen and not searching and not unfilled:
            return False
        if self.following:
            self._size_seen = size
            self.unread = 0
            self.fill()
            return True
        if searching or unfilled:
            self.fill()
        return self.count_unread()

    def count_unread(self) -> bool:
        """Counts the lines that came meanwhile, a few MB at a time; True when there are more."""
        size = self.log_view.size
        if size == self._size_seen:
            return False
        fresh = self.log_view.read(self._size_seen, min(size - self._size_seen, _MOST_COUNTED))
        self.unread += fresh.count(b"\n")
        self._size_seen += len(fresh)
        return True

    @property
    def _source(self) -> LogView | LogFilter:
        return self._filter or self.log_view

    def fill(self) -> None:
        """Reads and renders the lines that fit."""
        height, width = self.size.height, self.size.width
        if height <= 0 or width <= 0:
            return
        self._filled_for = self.size
        self._base = self.rich_style  # as dear as all else of a line, so it is asked for once
        rows = Rows(self.app, width, self._base, self.look_of)
        found: list[tuple[Line, Strip]] = []
        if self.following:
            lines = self._source.last(height)
            for line in lines:
                found += self._line_rows(rows, line)
            if lines:
                news = self.landmarks.after(max(lines[-1].end, self.log_view.size))
                found += [(lines[-1], rows.rule(item)) for item in news if item.kind != "input"]
            found = found[-height:]
            self._top = found[0][0].offset if found else 0
        else:
            for line in self._source.lines(self._top, height):
                found += self._line_rows(rows, line)
                if len(found) >= height:
                    break
        self._rows = found[:height]
        self._nothing = "" if found else self._words_for_none()
        self.refresh()

    def _words_for_none(self) -> str:
        """That the filter leaves no line, of how many; a large log is counted piece by piece."""
        view, self._counting = self.log_view, False
        size = view.size
        if self._filter is None or self._filter.unfinished or not size:
            return ""
        if not self.following and self._filter.before(self._top, 1):
            return "no such line from here on; f shows the last ones"
        self._counting = not view.count_lines()
        if self._counting:
            return "0 lines"
        lines = view.line_number(size) - (view.read(size - 1, 1) == b"\n")
        return f"0 of {lines:,} line{'' if lines == 1 else 's'}"

    def _line_rows(self, rows: Rows, line: Line) -> list[tuple[Line, Strip]]:
        landmarks = self.landmarks.within(line.offset, line.end)
        written = self.log_view.time_at(line.offset) if self.look_of.timed else None
        number = self.log_view.line_number(line.offset) if self.look_of.numbered else None
        strips = [rows.rule(item) for item in landmarks if item.kind != "input"]
        strips += rows.line(line, landmarks, written, number)
        return [(line, strip) for strip in strips]

    def show_awaited(self, words: str) -> None:
        if words != self.awaited:
            self.awaited = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < len(self._rows):
            strip = self._rows[y][1]
        elif y == 0 and not self._rows and (words := self.awaited or self._nothing):
            dim = self.app.console.get_style(Palette.of(self.app)["dim"])
            strip = Strip([Segment(f" {words}", self._base + dim)])
        else:
            strip = Strip.blank(width, self._base)
        strip = strip.adjust_cell_length(width, self._base)
        selection = self.text_selection
        span = selection.get_span(y) if selection is not None else None
        if span is not None:
            start, end = span[0], width if span[1] == -1 else min(span[1], width)
            style = self.screen.get_component_rich_style("screen--selection")
            before, chosen, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end, width)
            strip = Strip.join([before, chosen.apply_style(style), after])
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        text = "\n".join(strip.text.rstrip() for _, strip in self._rows)
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self.fill()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    @property
    def visible_lines(self) -> list[Line]:
        """The lines on the screen, each once."""
        return list({line.offset: line for line, _ in self._rows}.values())

    @property
    def visible_text(self) -> str:
        """The child's own lines on the screen, as copy and save give them."""
        return "\n".join(line.text for line in self.visible_lines)

    @property
    def top_offset(self) -> int:
        return self._rows[0][0].offset if self._rows else 0

    # -- moving ------------------------------------------------------------------------------------

    def follow(self) -> None:
        self._set_following(True)

    def pause(self) -> None:
        self._set_following(False)

    def up(self, lines: int = 1) -> None:
        before = self._source.before(self.top_offset, lines)
        if before:
            self._go(before[0].offset)

    def down(self, lines: int = 1) -> None:
        if self.following:
            return
        ahead = self._source.lines(self.top_offset, self.size.height + lines)
        if not ahead and self._filter is not None and self._filter.unfinished:
            return  # none found yet
        if len(ahead) <= self.size.height and not (self._filter and self._filter.unfinished):
            self.follow()
        else:
            self._go(ahead[min(lines, len(ahead) - 1)].offset)

    def page_up(self) -> None:
        self.up(max(1, len(self.visible_lines) - 1))

    def page_down(self) -> None:
        self.down(max(1, len(self.visible_lines) - 1))

    def home(self) -> None:
        self._go(0)

    def go_to_offset(self, offset: int) -> None:
        """Shows the line at `offset` about a third from the top."""
        before = self.log_view.before(offset, max(1, self.size.height // 3))
        self._go(before[0].offset if before else offset)

    def go_to_time(self, t: float) -> None:
        self.go_to_offset(self.log_view.offset_at(t))

    # -- how it looks --------------------------------------------------------------------------------

    def toggle(self, name: str) -> None:
        """Turns `wrapped`, `timed`, `numbered` or `raw` on or off."""
        setattr(self.look_of, name, not getattr(self.look_of, name))
        self.fill()

    def highlight(self, pattern: re.Pattern[str] | None, current: int | None = None) -> None:
        self.look_of.pattern, self.look_of.current = pattern, current
        self.fill()

    @property
    def current(self) -> int | None:
        """The offset of the line that a search stands on."""
        return self.look_of.current

    def next_level(self) -> None:
        """All lines, those of at least a warning, errors only, all again."""
        self.level = _LEVELS[(_LEVELS.index(self.level) + 1) % len(_LEVELS)]
        self._narrow()

    def set_filter(self, text: str) -> None:
        """Only lines that match; all for an empty text. Raises re.error."""
        if text:
            compile_search(text)
        self.filter_text = text
        self._narrow()

    @property
    def narrowed(self) -> bool:
        """A filter or a level keeps lines out of sight."""
        return self._filter is not None

    def show_all(self) -> None:
        """Ends what narrows the view."""
        self.filter_text, self.level = "", None
        self._narrow()

    def _narrow(self) -> None:
        patterns = []
        if self.filter_text:
            patterns.append(compile_search(self.filter_text, self.filter_text == self.filter_text.lower()))
        if self.level is not None:
            patterns.append(compile_search(LEVELS[self.level]))
        self._filter = LogFilter(self.log_view, patterns) if patterns else None
        self.fill()

    @property
    def filter_words(self) -> str:
        """What narrows the view, for the title."""
        words = [f"& {self.filter_text}"] if self.filter_text else []
        if self.level:
            words.append(f"{self.level}s")
        if self._filter is not None and self._filter.unfinished:
            words.append("looking for more")
        return "  ".join(words)

    @property
    def position_words(self) -> str:
        """Where it stands, for the title."""
        if self.following:
            return ""
        more = f" {glyph('build')}{self.unread:,} new" if self.unread else ""
        return f"{glyph('paused')} paused{more}"

    def _go(self, offset: int) -> None:
        self._top = offset
        self._set_following(False)

    def _set_following(self, on: bool) -> None:
        changed = on != self.following
        self.following = on
        if on:
            self.unread = 0
            self._size_seen = self.log_view.size
        self.fill()
        if changed:
            self.post_message(self.Moved())

    # -- mouse ---------------------------------------------------------------------------------------

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.up(3)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.down(3)
        event.stop()
