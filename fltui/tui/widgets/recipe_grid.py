"""Frameworks by tasks: the last verdict and accuracy of each recipe, and what it would need."""

from __future__ import annotations

import time

from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from fltui.tui.catalogue import Entry
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import day, share
from fltui.tui.palette import Palette

_NAME, _CELL = 20, 20


class RecipeGrid(Static):
    """A cell a recipe; `chosen` is its name. Posts Chose."""

    class Chose(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(classes="recipe-grid")
        self._entries: dict[str, Entry] = {}
        self.chosen = ""
        self.only = ""

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(entry.task for entry in self._shown()))

    @property
    def rows(self) -> list[str]:
        return list(dict.fromkeys(entry.row for entry in self._shown()))

    def _shown(self) -> list[Entry]:
        order = {"digits": 0, "sst2": 1, "cifar10": 2}
        found = [entry for entry in self._entries.values() if self.only in entry.name]
        return sorted(found, key=lambda e: (order.get(e.task, 9), e.task, e.row != "flower", e.row))

    def show(self, entries: dict[str, Entry]) -> None:
        self._entries = entries
        names = [entry.name for entry in self._shown()]
        if self.chosen not in names and names:
            self.choose(names[0])
        self.draw()

    def choose(self, name: str) -> None:
        self.chosen = name
        self.draw()
        self.post_message(self.Chose(name))

    def move(self, right: int, down: int) -> None:
        """The nearest recipe in that direction."""
        entry = self._entries.get(self.chosen)
        if entry is None:
            return
        tasks, rows = self.tasks, self.rows
        x, y = tasks.index(entry.task), rows.index(entry.row)
        while True:
            x, y = x + right, y + down
            if not (0 <= x < len(tasks) and 0 <= y < len(rows)):
                return
            target = self._at(tasks[x], rows[y])
            if target is None and right:
                column = [e for e in self._shown() if e.task == tasks[x]]
                target = min(column, key=lambda e: abs(rows.index(e.row) - y), default=None)
            if target is not None:
                self.choose(target.name)
                return

    def _at(self, task: str, row: str) -> Entry | None:
        return next((e for e in self._entries.values() if (e.task, e.row) == (task, row)), None)

    def draw(self) -> None:
        palette = Palette.of(self.app)
        head = Text(" " * _NAME, no_wrap=True)
        for task in self.tasks:
            head.append(f"{task:<{_CELL}}", f"bold {palette['bright']}")
        lines = [head]
        for row in self.rows:
            bold = (entry := self._entries.get(self.chosen)) is not None and entry.row == row
            line = Text(
                f" {row:<{_NAME - 1}}",
                f"bold {palette['bright']}" if bold else palette["normal"],
                no_wrap=True,
            )
            for task in self.tasks:
                line.append_text(self._cell(self._at(task, row), palette))
            lines.append(line)
        if not self._entries:
            lines.append(Text(" reading the recipes …", palette["dim"]))
        self.update(Text("\n").join(lines))

    def _cell(self, entry: Entry | None, palette: Palette) -> Text:
        if entry is None:
            return Text(" " * _CELL)
        text, colour = self._words(entry, palette)
        chosen = entry.name == self.chosen
        mark = glyph("chosen") if chosen else " "
        style = f"{colour} on {palette['select']}" if chosen else colour
        return Text(f"{mark}{text:<{_CELL - 2}}"[: _CELL - 1] + " ", style)

    def _words(self, entry: Entry, palette: Palette) -> tuple[str, str]:
        if entry.error:
            return f"{glyph('failed')} broken", palette["red"]
        if entry.live is not None:
            return f"{glyph('running')} live", palette["green"]
        if entry.last is not None and entry.last.verdict is not None:
            verdict = entry.last.verdict.value
            value = entry.last.metrics.get("accuracy")
            said = share(value) if verdict == "ok" and value is not None else verdict
            return f"{state_glyph(verdict)} {said} {day(entry.last.started_at, time.time())}", palette.state(
                verdict
            )
        if not all(entry.environments.values()):
            return f"{glyph('build')} to build", palette["dim"]
        return f"{glyph('pending')} ready", palette["normal"]
