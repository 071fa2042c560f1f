"""How it ended: the verdict, the first cause, what was reached, what to do next."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.widgets import Static

from fltui.facts.verdict import Result
from fltui.record.views import RunSnapshot
from fltui.tui.glyphs import state_glyph
from fltui.tui.numbers import clock, share
from fltui.tui.palette import Palette


class VerdictPanel(Static):
    """Hidden while the run goes well; also shows why it stalls."""

    def __init__(self) -> None:
        super().__init__(classes="verdict hidden")

    def show(self, snapshot: RunSnapshot, folder: Path) -> None:
        stalled = snapshot.state == "stalled" and snapshot.result is None
        self.set_class(snapshot.result is None and not stalled, "hidden")
        if snapshot.result is not None:
            self.update(self._ended(snapshot.result, folder))
        elif stalled:
            palette = Palette.of(self.app)
            why = snapshot.stall or "no progress"
            self.update(
                Text.assemble((f"{state_glyph('stalled')} stalled  ", f"bold {palette['amber']}"), why)
            )

    def _ended(self, result: Result, folder: Path) -> Text:
        palette = Palette.of(self.app)
        word = result.verdict.value
        colour = palette.state(word)
        text = Text.assemble(
            (f"{state_glyph(word)} {word}  ", f"bold {colour}"), (result.reason, palette["bright"])
        )
        facts = [f"took {clock(result.duration_s)}", f"exit code {result.exit_code}"]
        if "accuracy" in result.metrics:
            facts.insert(0, f"global accuracy {share(result.metrics['accuracy'])}")
        if result.culprit:
            facts.append(f"look at {result.culprit}")
        if result.leftovers:
            facts.append(f"{len(result.leftovers)} processes left over")
        text.append("\n" + "   ".join(facts), palette["dim"])
        text.append(f"\nkept in {folder}   ", palette["dim"])
        text.append("R", f"bold {palette['accent']}").append(" runs it again  ", palette["dim"])
        text.append("q", f"bold {palette['accent']}").append(" leaves", palette["dim"])
        return text
