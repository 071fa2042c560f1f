"""The keys that act now."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Input

from fltui.tui.cut import cut
from fltui.tui.palette import Palette
from fltui.tui.screens.keys import users_words
from fltui.tui.widgets.drawn import Drawn


class Keys(Drawn):
    """`show([("d", "detach"), …])` names keys as they came with fltui; those that the user changed are shown as theirs.
    What does not fit is left out from the end, and of the first key its last words; `? help` only where it is
    text like any letter."""

    def __init__(self) -> None:
        super().__init__(classes="bar keys")

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        if not self.is_attached:
            return  # its screen is being taken down, widget by widget
        palette = Palette.of(self.app)
        key, dim = f"bold {palette['accent']}", palette["dim"]
        # In a field letters are text, and its own keys are nobody's to change.
        typing = isinstance(self.screen.focused, Input)
        words = {} if typing else users_words(getattr(self.screen, "KEYS", ()), self.app)
        help_text = Text()
        if not typing:
            help_text = Text.assemble((f"{words.get('?', '?')} ", key), ("help ", dim))
        if self.size.width >= 100:
            help_text = Text.assemble(("^p ", key), ("commands  ", dim), help_text)
        line = Text(" ", no_wrap=True)
        for name, does in keys:
            shown = " ".join(words.get(word, word) for word in name.split(" "))
            part = Text.assemble((f"{shown} ", key), (f"{does}  ", dim))
            room = self.size.width - line.cell_len - help_text.cell_len
            if part.cell_len > room:
                if not line.plain.strip():
                    line.append_text(cut(part, max(1, room - 1))).append(" ")
                break
            line.append_text(part)
        line.append(" " * max(0, self.size.width - line.cell_len - help_text.cell_len))
        line.append_text(help_text)
        self.draw(line)
