"""The step that waits for a person: what will be sent, why, and which keys act."""

from __future__ import annotations

import time

from rich.text import Text
from textual.widgets import Static

from fltui.record.views import StepView
from fltui.tui.glyphs import glyph
from fltui.tui.numbers import clock
from fltui.tui.palette import Palette


class StepBlock(Static):
    """Hidden while nothing waits. It never takes the focus: somebody may be typing."""

    def __init__(self) -> None:
        super().__init__(classes="step-block hidden")

    def show(self, step: StepView | None, total: int) -> None:
        self.set_class(step is None, "hidden")
        if step is not None:
            self.update(self._text(step, total))

    def _text(self, step: StepView, total: int) -> Text:
        palette = Palette.of(self.app)
        amber, dim, key = palette["amber"], palette["dim"], f"bold {palette['accent']}"
        waited = time.time() - step.since if step.since else None
        head = Text.assemble((f"{glyph('waits')} step {step.index + 1} of {total}", f"bold {amber}"), "  ")
        if step.kind == "ask":
            head.append(f"asks: {step.question or step.name}", palette["bright"])
        elif step.kind == "run":
            head.append(f"runs {step.name}", palette["bright"])
        else:
            head.append("send ")
            head.append(f" {step.text or '(a secret)'} ", f"bold reverse {amber}")
        head.append(f"  waiting for you {clock(waited)}", dim)
        lines = [head]
        if step.why:
            lines.append(Text.assemble(("why   ", dim), step.why))
        enter = "answers" if step.kind == "ask" else "sends" if step.kind == "send" else "goes on"
        lines.append(
            Text.assemble(
                ("keys  ", dim),
                ("Enter ", key),
                (f"{enter}  ", dim),
                ("e ", key),
                ("edit  ", dim),
                ("x ", key),
                ("skip  ", dim),
                ("A ", key),
                ("the rest without asking", dim),
            )
        )
        return Text("\n").join(lines)
