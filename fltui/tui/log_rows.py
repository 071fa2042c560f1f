"""One line of a log as rows of the screen: gutter, time, short form, matches, wrapping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.strip import Strip

from fltui.record.log_view import Line
from fltui.tui.ansi import styled
from fltui.tui.glyphs import glyph
from fltui.tui.landmarks import Landmark
from fltui.tui.numbers import time_of_day
from fltui.tui.palette import Palette

_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,3})?")
_LEVEL_COLOURS = {"W": "amber", "E": "red", "C": "red", "F": "red"}


@dataclass
class Look:
    """How lines are shown. `parts`: the recipe's names for a line's parts; `raw`: the child's own line;
    `current`: the offset of the line that a search stands on."""

    parts: re.Pattern[str] | None = None
    raw: bool = False
    wrapped: bool = False
    timed: bool = False
    numbered: bool = False
    pattern: re.Pattern[str] | None = None
    current: int | None = None

    @property
    def short(self) -> bool:
        return self.parts is not None and not self.raw


class Rows:
    """Renders for one width and base style."""

    def __init__(self, app: App[object], width: int, base: Style, look: Look) -> None:
        self._app = app
        self._width = width
        self._base = base
        self._look = look
        self._palette = Palette.of(app)

    def style(self, definition: str) -> Style:
        return self._base + self._app.console.get_style(definition)

    def rule(self, landmark: Landmark) -> Strip:
        """A row that the view adds: a round begins, a person's mark."""
        mark = landmark.kind == "mark"
        colour = self._palette["amber" if mark else "dim"]
        sign = glyph("mark") if mark else glyph("rule") * 2
        text = f"{sign} {landmark.text} "
        end = f" {time_of_day(landmark.t)} {glyph('rule') * 2}"
        room = self._width - 1 - len(text) - len(end)
        if room < 0:
            text, end, room = text[: self._width - 2], "", 0
        rule = self.style(self._palette["rule"])
        strong = self.style(colour)
        return Strip(
            [
                Segment(" ", self._base),
                Segment(text, strong),
                Segment(glyph("rule") * room, rule),
                Segment(end, self.style(self._palette["dim"])),
            ]
        )

    def line(
        self, line: Line, landmarks: list[Landmark], written: float | None, number: int | None
    ) -> list[Strip]:
        """The rows of one line; `written`: when, if times are shown."""
        typed = any(item.kind == "input" for item in landmarks)
        gutter = glyph("input") if typed else " "
        head = [Segment(gutter, self.style(self._palette["accent"]))]
        dim = self.style(self._palette["dim"])
        if self._look.numbered:
            head.append(Segment(f"{number or '':>6} ", dim))
        if self._look.timed:
            head.append(Segment(f"{time_of_day(written)} ", dim))
        shown = self._shown(line)
        if self._look.pattern is not None:
            shown = shown.copy()
            here = line.offset == self._look.current
            shown.highlight_regex(
                self._look.pattern,
                self._app.console.get_style(
                    f"bold {self._palette['ground']} on {self._palette['accent']}"
                    if here and self._palette.paints
                    else "bold reverse"
                    if here
                    else f"{self._palette['bright']} on {self._palette['select']}"
                    if self._palette.paints
                    else "underline"
                ),
            )
        body = Strip(
            [
                Segment(part.text, self._base + part.style if part.style else self._base)
                for part in shown.render(self._app.console)
                if part.text != "\n"
            ]
        )
        start = Strip(head)
        room = max(1, self._width - start.cell_length)
        if body.cell_length <= room:
            return [Strip([*head, *body])]
        if not self._look.wrapped:
            cut = Segment(glyph("cut"), dim)
            return [Strip([*head, *body.crop(0, room - 1), cut])]
        blank = Segment(" " * start.cell_length, self._base)
        pieces = [body.crop(at, at + room) for at in range(0, body.cell_length, room)]
        return [Strip([*(head if index == 0 else [blank]), *piece]) for index, piece in enumerate(pieces)]

    def _shown(self, line: Line) -> Text:
        """What a terminal would show of it: of a line that redraws itself the last state."""
        text = styled(line.text.rstrip("\r").rpartition("\r")[2])
        parts = self._look.parts
        if parts is None or self._look.raw:
            return text
        found = parts.search(text.plain)
        if found is None or found.groupdict().get("message") is None:
            return text
        groups = found.groupdict()
        short = Text(no_wrap=True)
        time = _TIME.search(groups.get("time") or "")
        if time is not None and not self._look.timed:
            short.append(f"{time[0][:12]} ", self._palette["dim"])
        level = (groups.get("level") or "").strip()[:1].upper()
        colour = _LEVEL_COLOURS.get(level)
        if level:
            short.append(f"{level} ", self._palette[colour] if colour else self._palette["dim"])
        message = text[found.start("message") : found.end("message")]
        if colour:
            message.stylize_before(self._palette[colour])
        return short.append_text(message)
