"""How far the build of an environment is: one line with a bar, two where there is no room."""

from __future__ import annotations

import time

from rich.text import Text

from fltui.tui.build_environment import BuildState
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph
from fltui.tui.numbers import clock
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn

_BAR = 24


class BuildBar(Drawn):
    """Hidden while nothing is built."""

    def __init__(self) -> None:
        super().__init__(classes="build-bar hidden")
        self._state: BuildState | None = None
        self._words = ""

    def show(self, state: BuildState | None, words: str = "") -> None:
        """`words` instead of a step: before the first one, or while it is being cancelled."""
        self._state, self._words = state, words
        self.set_class(state is None and not words, "hidden")
        self.tick()

    def tick(self) -> None:
        """The clock, once a second."""
        if self.size.width or self._state or self._words:
            self.draw(self._text())

    def _text(self) -> Text:
        palette, state = Palette.of(self.app), self._state
        dim, bright = palette["dim"], f"bold {palette['bright']}"
        text = Text.assemble((f" {glyph('running')} ", palette["accent"]), no_wrap=True)
        if state is None or self._words:
            return text.append(self._words, palette["normal"])
        of = f" ({state.number} of {state.count})" if state.count > 1 else ""
        text.append(state.environment, bright).append(f"{of}  ", dim).append(
            f"{state.text} ", palette["normal"]
        )
        if state.total:
            known = f"{state.done} of {state.total}{f' {state.unit}' if state.unit else ''} "
            full = round(_BAR * min(1.0, state.done / state.total))
            text.append(known, bright)
            text.append(glyph("heavy") * full, palette["accent"])
            text.append(glyph("rule") * (_BAR - full), palette["rule"])
        text.append(f"  {clock(time.time() - state.since)}", dim)
        rest = f"  {state.detail}" if state.detail else ""
        if rest and text.cell_len + len(rest) > self.size.width > 0:
            return Text("\n").join([cut(text, self.size.width), cut(Text(f"  {rest}", dim), self.size.width)])
        return cut(text.append(rest, dim), self.size.width)
