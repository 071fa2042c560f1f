"""The top line: which run, which state, round, accuracy, clients, time; does something wait for me."""

from __future__ import annotations

import time

from rich.text import Text

from fltui.record.views import RunSnapshot
from fltui.tui.attention import waits
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import clock, share
from fltui.tui.palette import Palette
from fltui.tui.trouble import Trouble
from fltui.tui.widgets.drawn import Drawn


class RunHeader(Drawn):
    def __init__(self) -> None:
        super().__init__(classes="bar")

    def show(
        self,
        snapshot: RunSnapshot,
        note: str = "",
        now: float | None = None,
        trouble: Trouble | None = None,
    ) -> None:
        """`now`: Unix seconds; a replay gives the time of its playhead. With `trouble` the clock stands."""
        palette = Palette.of(self.app)
        wide = self.size.width >= 100
        dim, bright = palette["dim"], f"bold {palette['bright']}"
        gap = "   " if wide else " "
        tight = self.size.width < 60
        brand = Text("" if tight else " fltui", f"bold {palette['accent']}")
        line = Text.assemble(brand, " ", (snapshot.recipe, bright), no_wrap=True)
        if wide:
            line.append(f"  {snapshot.run.rpartition('-')[2]}", dim)
        line.append(gap)
        line.append_text(self._state(snapshot, palette, tight, trouble))
        if snapshot.rounds_planned is not None:
            done = (
                snapshot.rounds_done if snapshot.ended else max(snapshot.round_now or 0, snapshot.rounds_done)
            )
            line.append(f"{gap}round ", dim).append(str(done), bright).append(
                f"/{snapshot.rounds_planned}", dim
            )
        accuracy = snapshot.global_metric("accuracy")
        if accuracy:
            line.append(f"{gap}{'accuracy' if wide else 'acc'} ", dim).append(share(accuracy[-1][1]), bright)
            if len(accuracy) > 1 and wide:
                change = accuracy[-1][1] - accuracy[-2][1]
                line.append(f" {change:+.3f}", palette["green"] if change >= 0 else palette["amber"])
        over = snapshot.ended or trouble is not None  # then nobody is connected
        if snapshot.clients_planned is not None and not over:
            connected = snapshot.clients_connected or 0
            line.append(f"{gap}clients ", dim)
            line.append(str(connected), palette["amber"] if connected < snapshot.clients_planned else bright)
            line.append(f"/{snapshot.clients_planned}", dim)
        begun = snapshot.started_at
        until = snapshot.ended_at or (trouble.t if trouble else now) or time.time()
        elapsed = until - begun if begun else None
        # What does not fit goes: first the clock, which ticks elsewhere too, never what the view is.
        for words in (f"{note}  {clock(elapsed)}", note, clock(elapsed)):
            space = self.size.width - line.cell_len - len(words) - 1
            if space > 0 and words.strip():
                told = note if words.startswith(note) and note else ""
                line.append(" " * space).append(told, dim).append(words[len(told) :], bright).append(" ")
                break
        self.draw(line)

    def _state(self, snapshot: RunSnapshot, palette: Palette, tight: bool, trouble: Trouble | None) -> Text:
        if trouble is not None:
            return Text(f"{glyph('failed')} {trouble.words}", f"bold {palette['red']}")
        if snapshot.result is not None:
            word = snapshot.result.verdict.value
        elif waits(snapshot):
            word = "waiting"
        else:
            word = snapshot.state.value
        colour = palette.state(word)
        words = ("waits" if tight else "waits for you") if word == "waiting" else word
        style = f"reverse {colour}" if word in ("waiting", "stalled") else colour
        return Text(
            f" {state_glyph(word)} {words} " if "reverse" in style else f"{state_glyph(word)} {words}", style
        )
