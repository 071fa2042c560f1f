"""The keys that act now."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn


class Keys(Drawn):
    """`show([("d", "detach"), …])`; what does not fit is left out from the end, `? help` never."""

    def __init__(self) -> None:
        super().__init__(classes="bar keys")

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        palette = Palette.of(self.app)
        key, dim = f"bold {palette['accent']}", palette["dim"]
        help_text = Text.assemble(("? ", key), ("help ", dim))
        if self.size.width >= 100:
            help_text = Text.assemble(("^p ", key), ("commands  ", dim), help_text)
        line = Text(" ", no_wrap=True)
        for name, does in keys:
            part = Text.assemble((f"{name} ", key), (f"{does}  ", dim))
            if line.cell_len + part.cell_len + help_text.cell_len > self.size.width:
                break
            line.append_text(part)
        line.append(" " * max(0, self.size.width - line.cell_len - help_text.cell_len))
        line.append_text(help_text)
        self.draw(line)
