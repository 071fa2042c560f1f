"""More of the run that is chosen in the history: beside the list, or three lines below it."""

from __future__ import annotations

import time

from rich.text import Text

from fltui.facts.numbers import number_text
from fltui.record.runs import RunEntry
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import clock, day, room, share
from fltui.tui.palette import Palette
from fltui.tui.run_facts import RunFacts
from fltui.tui.run_filter import Row
from fltui.tui.start_run import as_set
from fltui.tui.widgets.drawn import Drawn

_MOST_ROUNDS = 12


class RunDetail(Drawn):
    def __init__(self) -> None:
        super().__init__(classes="run-detail")

    def show(self, row: Row | None, facts: RunFacts | None, below: bool) -> None:
        """`facts` come a moment later than the row; `below`: there are three lines only."""
        palette = Palette.of(self.app)
        if row is None:
            self.draw(Text("no run is like that", palette["dim"]))
            return
        lines = self._lines(row, facts, palette)
        if below:
            width = max(1, self.size.width - 2)
            self.draw(Text("\n").join([cut(line, width) for line in self._short(row, facts, palette)]))
        else:
            width = max(1, self.size.width - 3)
            self.draw(Text("\n").join([lines[0], *(cut(line, width) for line in lines[1:])]))

    def _head(self, row: Row, palette: Palette) -> Text:
        word = {"live": "running", "lost": "failed"}.get(row.state, row.state)
        text = Text.assemble((f"{state_glyph(word)} {row.state}  ", f"bold {palette.state(word)}"))
        said = row.entry.reason or ("it lost its engine and has no end" if row.state == "lost" else "")
        return text.append(said, palette["bright"])

    def _short(self, row: Row, facts: RunFacts | None, palette: Palette) -> list[Text]:
        second = Text(row.entry.name, palette["normal"])
        third = Text("", palette["dim"])
        if facts is not None:
            second.append_text(self._rounds(facts, palette, "  "))
            params = " ".join(f"{name}={as_set(value)}" for name, value in facts.params.items())
            third.append(facts.problem or params)
            third = self._left(facts, palette) if facts.left else third
        return [self._head(row, palette), second, third]

    def _lines(self, row: Row, facts: RunFacts | None, palette: Palette) -> list[Text]:
        entry, dim = row.entry, palette["dim"]
        lines = [self._head(row, palette), Text("")]
        for name, value in self._figures(entry, row.size):
            lines.append(Text.assemble((f"{name:<10}", dim), (value, palette["normal"])))
        if facts is None:
            return lines
        if facts.problem:
            return [*lines, Text(facts.problem, palette["red"])]
        for name, value in self._origin(facts):
            lines.append(Text.assemble((f"{name:<10}", dim), (value, palette["normal"])))
        if facts.left:
            lines += [Text(""), self._left(facts, palette)]
        if facts.accuracy:
            lines += [
                Text(""),
                Text("global accuracy", f"bold {palette['bright']}"),
                self._rounds(facts, palette, ""),
            ]
        if facts.params:
            lines += [Text(""), Text("params", f"bold {palette['bright']}")]
            for key, param in facts.params.items():
                lines.append(
                    Text.assemble((f"{key:<16} ", dim), (as_set(param) or "empty", palette["normal"]))
                )
        return lines

    def _figures(self, entry: RunEntry, size: int | None) -> list[tuple[str, str]]:
        rounds = f"{entry.rounds_done} of {entry.rounds_planned}" if entry.rounds_planned else "-"
        figures = [
            ("run", entry.name),
            ("began", day(entry.started_at, time.time())),
            ("took", clock(entry.duration_s)),
        ]
        figures += [("rounds", rounds), ("size", room(size))]
        return [*figures, *((n, number_text(v)) for n, v in entry.metrics.items() if n != "accuracy")]

    def _origin(self, facts: RunFacts) -> list[tuple[str, str]]:
        found = [("processes", ", ".join(facts.processes))] if facts.processes else []
        if facts.sha256:
            found.append(("recipe", facts.sha256[:8]))
        if facts.file is not None:
            found.append(("file", str(facts.file)))
        if facts.host:
            found.append(("host", f"{facts.host}, fltui {facts.version}"))
        if facts.elsewhere is not None:
            found.append(("folder", str(facts.elsewhere)))
        return found

    def _rounds(self, facts: RunFacts, palette: Palette, before: str) -> Text:
        text = Text()
        for number, value in facts.accuracy[-_MOST_ROUNDS:]:
            text.append(f"{before}{glyph('round')} ", palette["accent"]).append(f"{number} ", palette["dim"])
            text.append(share(value), palette["bright"])
            before = "  "
        return text

    def _left(self, facts: RunFacts, palette: Palette) -> Text:
        names = ", ".join(f"pid {item.pid} {item.command}" for item in facts.left)
        return Text(f"still there: {names}", palette["amber"])
