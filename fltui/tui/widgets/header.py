"""The top line: which run, which state, round, accuracy, clients, time; does something wait for me."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.text import Text

from fltui.record.views import ProcessView, RunSnapshot
from fltui.tui.attention import waits
from fltui.tui.awaited import clients_awaited
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import clock, share
from fltui.tui.palette import Palette
from fltui.tui.trouble import Trouble
from fltui.tui.widgets.drawn import Drawn

_FOLDS = ("long", "clock", "brand", "you", "suffix", "name", "clients", "note")
"""What goes when the line does not fit, in this order: long words and the change of accuracy, the clock (it ticks
elsewhere, too), the app's name, `for you`, the run's suffix, a part of the recipe's name, the word for clients, and
last what kind of view this is."""
_LEAST_NAME = 6
_BAR, _LONG_WORDS, _SHORT_WORDS = (
    10,
    40,
    24,
)  # cells of a preparation's bar, and of its words where it has no count


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
        until = snapshot.ended_at or (trouble.t if trouble else now) or time.time()
        elapsed = clock(until - snapshot.started_at if snapshot.started_at else None)
        for folds in range(self.size.width < 100, len(_FOLDS) + 1):
            folded = _FOLDS[:folds]
            right = Text.assemble(
                ("" if "note" in folded else note, Palette.of(self.app)["dim"]),
                ("" if "clock" in folded else f"  {elapsed}", self._bright),
            )
            facts = self._facts(snapshot, folded, trouble)
            name = self._which(snapshot, folded)
            room = self.size.width - facts.cell_len - right.cell_len - 2 * bool(right)
            if "name" in folded:  # as much of it as there is room for
                name = cut(name, room) if room >= _LEAST_NAME else Text()
            if name.cell_len <= room:
                break
        space = max(1, room - name.cell_len + 1)
        line = Text.assemble(
            name, facts, " " * space if right else "", right, " " if right else "", no_wrap=True
        )
        self.draw(cut(line, self.size.width))

    @property
    def _bright(self) -> str:
        return f"bold {Palette.of(self.app)['bright']}"

    def _which(self, snapshot: RunSnapshot, folded: Sequence[str]) -> Text:
        palette = Palette.of(self.app)
        brand = "" if "brand" in folded else " fltui"
        recipe = snapshot.recipe or (snapshot.result.recipe if snapshot.result else "") or snapshot.run
        text = Text.assemble((brand, f"bold {palette['accent']}"), " ", (recipe, self._bright))
        if "suffix" not in folded and recipe != snapshot.run:
            gap = " " if "long" in folded else "  "
            text.append(f"{gap}{snapshot.run.rpartition('-')[2]}", palette["dim"])
        return text

    def _facts(self, snapshot: RunSnapshot, folded: Sequence[str], trouble: Trouble | None) -> Text:
        """What never folds: the state, the round, the accuracy, the clients; only their words get shorter."""
        palette, bright = Palette.of(self.app), self._bright
        dim, long = palette["dim"], "long" not in folded
        gap = "   " if long else " "
        line = Text(gap).append_text(self._state(snapshot, palette, "you" in folded, trouble))
        if snapshot.rounds_planned is not None:
            done = (
                snapshot.rounds_done if snapshot.ended else max(snapshot.round_now or 0, snapshot.rounds_done)
            )
            line.append(f"{gap}round ", dim).append(str(done), bright).append(
                f"/{snapshot.rounds_planned}", dim
            )
        accuracy = snapshot.global_metric("accuracy")
        if accuracy:
            line.append(f"{gap}{'accuracy' if long else 'acc'} ", dim).append(share(accuracy[-1][1]), bright)
            if len(accuracy) > 1 and long:
                change = accuracy[-1][1] - accuracy[-2][1]
                line.append(f" {change:+.3f}", palette["green"] if change >= 0 else palette["amber"])
        over = snapshot.ended or trouble is not None  # then nobody is connected
        if snapshot.clients_planned is not None and not over:
            connected = snapshot.clients_connected or 0
            short = "cl" if "clients" in folded else "clients"
            awaited = long and clients_awaited(snapshot) and not snapshot.preparing
            line.append(f"{gap}waits for clients: " if awaited else f"{gap}{short} ", dim)
            line.append(str(connected), palette["amber"] if connected < snapshot.clients_planned else bright)
            line.append(f"{' of ' if awaited else '/'}{snapshot.clients_planned}", dim)
        if snapshot.preparing:
            line.append(gap).append_text(self._progress(snapshot.preparing[-1], long))
        return line

    def _progress(self, view: ProcessView, long: bool) -> Text:
        """How far the preparation has come: a bar where there is room for one, and the count."""
        palette, told = Palette.of(self.app), view.progress
        text = Text.assemble((f"{view.name} ", palette["dim"]))
        if told is None or told.done is None or not told.total:
            words = Text(told.text if told is not None else "", self._bright)
            return text.append_text(cut(words, _LONG_WORDS if long else _SHORT_WORDS))
        if long:
            full = round(_BAR * told.done / told.total)
            text.append(glyph("bar") * full, palette["accent"])
            text.append(f"{glyph('nobar') * (_BAR - full)} ", palette["dim"])
        of = " of " if long else "/"
        return text.append(f"{told.done:,}", self._bright).append(f"{of}{told.total:,}", palette["dim"])

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
