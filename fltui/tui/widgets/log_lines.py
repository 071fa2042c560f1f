"""A log as lines on the screen: only what is visible is read, rendered and kept.

The position is an offset in the file, so the scrollback is the whole file, whatever its size.
"""

from __future__ import annotations

import re
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from fltui.record.log_view import Line, LogView
from fltui.tui.ansi import styled
from fltui.tui.numbers import time_of_day

_MOST_COUNTED = 4 << 20


class LogLines(Widget, can_focus=True):
    """Follows the end of the log, or stands where somebody scrolled to.

    `unread`: lines that came since it was last at the end. Posts Moved when it starts or stops
    following.
    """

    COMPONENT_CLASSES = {"log-lines--dim", "log-lines--match", "log-lines--current"}

    class Moved(Message):
        """The view follows, or no longer does."""

    def __init__(self, path: Path, **kwargs: str | None) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.log_view = LogView(path)
        self.following = True
        self.wrapped = False
        self.timed = False
        self.pattern: re.Pattern[str] | None = None
        self.current: int | None = None  # the offset of the line that a search stands on
        self.unread = 0
        self._top = 0
        self._size_seen = 0
        self._rows: list[tuple[Line, Strip]] = []

    def on_unmount(self) -> None:
        self.log_view.close()

    # -- what is visible ---------------------------------------------------------------------------

    def look(self) -> bool:
        """Takes what came to the file; True when the screen changed."""
        size = self.log_view.size
        if size == self._size_seen:
            return False
        if self.following:
            self._size_seen = size
            self.unread = 0
            self._fill()
            return True
        fresh = self.log_view.read(self._size_seen, min(size - self._size_seen, _MOST_COUNTED))
        self.unread += fresh.count(b"\n")
        self._size_seen += len(fresh)
        return True

    def _fill(self) -> None:
        """Reads and renders the lines that fit."""
        height, width = self.size.height, self.size.width
        if height <= 0 or width <= 0:
            return
        if self.following:
            lines = self.log_view.last(height)
            rows = [row for line in lines for row in self._render_line(line, width)][-height:]
            self._top = lines[0].offset if lines else 0
        else:
            rows = []
            for line in self.log_view.lines(self._top, height):
                rows += self._render_line(line, width)
                if len(rows) >= height:
                    break
        self._rows = rows[:height]
        self.refresh()

    def _render_line(self, line: Line, width: int) -> list[tuple[Line, Strip]]:
        segments: list[Segment] = []
        if self.timed:
            text = f"{time_of_day(self.log_view.time_at(line.offset))} "
            segments.append(Segment(text, self.get_component_rich_style("log-lines--dim")))
        shown = styled(line.text.rpartition("\r")[2] or line.text.rstrip("\r"))
        if self.pattern is not None:
            shown = shown.copy()
            name = "log-lines--current" if line.offset == self.current else "log-lines--match"
            shown.highlight_regex(self.pattern, self.get_component_rich_style(name))
        base = self.rich_style
        segments += [Segment(s.text, base + (s.style or Style())) for s in shown.render(self.app.console)]
        strip = Strip([s for s in segments if s.text != "\n"])
        if not self.wrapped or strip.cell_length <= width:
            return [(line, strip)]
        pieces = range(0, strip.cell_length, width)
        return [(line, strip.crop(start, start + width)) for start in pieces]

    def render_line(self, y: int) -> Strip:
        strip = self._rows[y][1] if y < len(self._rows) else Strip.blank(self.size.width, self.rich_style)
        return strip.adjust_cell_length(self.size.width, self.rich_style)

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    @property
    def visible_text(self) -> str:
        """The raw lines on the screen, as copy gives them."""
        seen: dict[int, str] = {}
        for line, _ in self._rows:
            seen[line.offset] = line.text
        return "\n".join(seen.values())

    @property
    def top_offset(self) -> int:
        return self._rows[0][0].offset if self._rows else 0

    # -- moving ------------------------------------------------------------------------------------

    def follow(self) -> None:
        self._set_following(True)

    def pause(self) -> None:
        self._set_following(False)

    def up(self, lines: int = 1) -> None:
        before = self.log_view.before(self.top_offset, lines)
        if before:
            self._go(before[0].offset)

    def down(self, lines: int = 1) -> None:
        ahead = self.log_view.lines(self.top_offset, self.size.height + lines)
        if len(ahead) <= self.size.height:
            self.follow()
        else:
            self._go(ahead[min(lines, len(ahead) - 1)].offset)

    def home(self) -> None:
        self._go(0)

    def go_to_offset(self, offset: int) -> None:
        """Shows the line at `offset` about a third from the top."""
        before = self.log_view.before(offset, max(1, self.size.height // 3))
        self._go(before[0].offset if before else offset)

    def go_to_time(self, t: float) -> None:
        self.go_to_offset(self.log_view.offset_at(t))

    def go_to_line(self, number: int) -> bool:
        offset = self.log_view.offset_of_line(number)
        if offset is not None:
            self.go_to_offset(offset)
        return offset is not None

    def toggle_wrap(self) -> None:
        self.wrapped = not self.wrapped
        self._fill()

    def toggle_times(self) -> None:
        self.timed = not self.timed
        self._fill()

    def highlight(self, pattern: re.Pattern[str] | None, current: int | None = None) -> None:
        self.pattern, self.current = pattern, current
        self._fill()

    def _go(self, offset: int) -> None:
        self._top = offset
        self._set_following(False)

    def _set_following(self, on: bool) -> None:
        changed = on != self.following
        self.following = on
        if on:
            self.unread = 0
            self._size_seen = self.log_view.size
        self._fill()
        if changed:
            self.post_message(self.Moved())

    # -- mouse ---------------------------------------------------------------------------------------

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.up(3)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.down(3)
        event.stop()
