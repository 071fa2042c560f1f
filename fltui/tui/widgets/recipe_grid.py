"""Frameworks by tasks: the last verdict and accuracy of each recipe, and what it would need."""

from __future__ import annotations

import time
from collections import Counter

from rich.text import Text
from textual import events
from textual.message import Message

from fltui.environment.task_data import UNKNOWN
from fltui.tui.catalogue import Entry
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import day, share
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn

_NAME = 19
_NARROWEST, _WIDEST = 13, 22
_LEAST_ROWS = 4
_ORDER = {"digits": 0, "sst2": 1, "cifar10": 2}


class RecipeGrid(Drawn):
    """A cell a recipe; `chosen` is its name. What does not fit is one `move` away. Posts Chose."""

    class Chose(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(classes="recipe-grid")
        self._entries: dict[str, Entry] = {}
        self.chosen = ""
        self.only = ""
        self._missed = ("", "")  # who was chosen when it went, and who was taken in its place
        self.beyond: dict[str, int] = {}  # recipes that there is no room for, by where the arrows find them
        self._places: dict[tuple[int, int], str] = {}  # (column, row of the screen) -> recipe

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(entry.task for entry in self.shown()))

    @property
    def rows(self) -> list[str]:
        return list(dict.fromkeys(entry.row for entry in self.shown()))

    def shown(self) -> list[Entry]:
        """The recipes that the filter leaves, by task and framework."""
        words = self.only.lower().split()
        found = [entry for entry in self._entries.values() if all(word in _haystack(entry) for word in words)]
        return sorted(found, key=lambda e: (_ORDER.get(e.task, 9), e.task, e.row != "flower", e.row))

    def show(self, entries: dict[str, Entry]) -> None:
        self._entries = entries
        names = [entry.name for entry in self.shown()]
        missed, instead = self._missed
        if missed in names and self.chosen == instead:
            self._missed = ("", "")
            self.choose(missed)
        elif self.chosen not in names and names:
            self._missed = (missed if self.chosen == instead else self.chosen, names[0])
            self.choose(names[0])
        self.draw_grid()

    def filter(self, text: str) -> None:
        """Shows only recipes in whose name, title, task or framework all words of `text` are."""
        self.only = text
        self.show(self._entries)

    def choose(self, name: str) -> None:
        self.chosen = name
        self.draw_grid()
        self.post_message(self.Chose(name))

    def move(self, right: int, down: int) -> None:
        """The nearest recipe in that direction: of the same row or column, as long as it has one there."""
        entry = self._entries.get(self.chosen)
        tasks, rows = self.tasks, self.rows
        if entry is None or entry.task not in tasks or entry.row not in rows:
            return
        x, y = tasks.index(entry.task), rows.index(entry.row)
        beyond = [rows.index(e.row) for e in self.shown() if e.task == entry.task]
        last = not any((row - y) * down > 0 for row in beyond)
        while True:
            x, y = x + right, y + down
            if not (0 <= x < len(tasks) and 0 <= y < len(rows)):
                return
            target = self._at(tasks[x], rows[y])
            if target is None and right:
                column = [e for e in self.shown() if e.task == tasks[x]]
                target = min(column, key=lambda e: abs(rows.index(e.row) - y), default=None)
            if target is None and down and last:
                row = [e for e in self.shown() if e.row == rows[y]]
                target = min(row, key=lambda e: abs(tasks.index(e.task) - x), default=None)
            if target is not None:
                self.choose(target.name)
                return

    def on_click(self, event: events.Click) -> None:
        self.screen.set_focus(None)  # what is typed next is not for the recipe that was chosen before
        for (x, y), name in self._places.items():
            if event.y == y and x <= event.x < x + self._cell_width(self.tasks):
                self.choose(name)

    def _at(self, task: str, row: str) -> Entry | None:
        return next((e for e in self.shown() if (e.task, e.row) == (task, row)), None)

    # -- drawing ------------------------------------------------------------------------------------

    def draw_grid(self) -> None:
        palette = Palette.of(self.app)
        if not self._entries:
            self.draw(Text(" reading the recipes …", palette["dim"]))
            return
        if not self.size.width:
            return  # a page has its place; what was drawn stays until it is back
        entry = self._entries.get(self.chosen)
        self.beyond = {}
        if not self.shown():
            self.draw(Text(f" no recipe matches {self.only!r}", palette["dim"]))
            return
        tasks = self._window(self.tasks, entry.task if entry else "", self._room() // _NARROWEST)
        most = max(_LEAST_ROWS, int(self.app.size.height * 0.4) - 2)
        rows = self._window(self.rows, entry.row if entry else "", most)
        width = self._cell_width(tasks)
        self._places = {}
        lines = [*self._head(tasks, width, palette)]
        for row in rows:
            bold = entry is not None and entry.row == row
            line = Text(no_wrap=True)
            name = Text(f" {row}", f"bold {palette['bright']}" if bold else palette["normal"])
            line.append_text(cut(name, _NAME - 1)).append(" " * (_NAME - min(name.cell_len, _NAME)))
            for index, task in enumerate(tasks):
                found = self._at(task, row)
                if found is not None:
                    self._places[_NAME + index * width, len(lines)] = found.name
                line.append_text(self._cell(found, width, palette))
            lines.append(line)
        self.beyond = self._count_beyond(tasks, rows)
        self.draw(Text("\n").join(lines))

    def _count_beyond(self, tasks: list[str], rows: list[str]) -> dict[str, int]:
        """Where those are that there is no room for: `left`, `right`, `above`, `below`."""
        placed, all_tasks, all_rows = set(self._places.values()), self.tasks, self.rows
        found: Counter[str] = Counter()
        for entry in self.shown():
            if entry.task not in tasks:
                before = all_tasks.index(entry.task) < all_tasks.index(tasks[0])
                found["left" if before else "right"] += 1
            elif entry.name not in placed:
                found["above" if all_rows.index(entry.row) < all_rows.index(rows[0]) else "below"] += 1
        return {side: found[side] for side in ("left", "right", "above", "below") if found[side]}

    def _head(self, tasks: list[str], width: int, palette: Palette) -> list[Text]:
        """The tasks, and where their data is."""
        names, data = Text(" " * _NAME, no_wrap=True), Text(" " * _NAME, no_wrap=True)
        for task in tasks:
            state = next((e.data for e in self.shown() if e.task == task and e.recipe), UNKNOWN)
            mark = {"bundled": "done", "here": "done", "away": "build"}.get(state.state)
            colour = palette["green"] if mark == "done" else palette["dim"]
            names.append(f" {task:<{width - 1}}"[:width], f"bold {palette['bright']}")
            data.append(f" {glyph(mark)}" if mark else "  ", colour)
            data.append(f" {state.words:<{width - 3}}"[: width - 2], palette["dim"])
        return [names, data]

    def _cell(self, entry: Entry | None, width: int, palette: Palette) -> Text:
        if entry is None:
            return Text(" " * width)
        chosen = entry.name == self.chosen
        mark, fact, aside, colour = self._facts(entry)
        ground = f" on {palette['select']}" if chosen else ""
        if 3 + len(fact) + 1 + len(aside) > width - 1:
            aside = ""  # half a time of day says nothing
        text = Text.assemble(
            (glyph("chosen") if chosen else " ", f"{palette['accent']}{ground}"),
            (f"{mark} ", f"{palette[colour]}{ground}"),
            (fact, f"{palette[colour]}{ground}"),
            (f" {aside}" if aside else "", f"{palette['dim']}{ground}"),
        )
        if text.cell_len > width - 1:
            text = cut(text, width - 1)
        text.append(" " * (width - 1 - text.cell_len), ground.strip())
        return text.append(" ")

    def _facts(self, entry: Entry) -> tuple[str, str, str, str]:
        """Its glyph, its one fact, what may stand behind it, and the colour of the fact."""
        if entry.error:
            return glyph("failed"), "broken", "", "red"
        if entry.live is not None:
            return glyph("running"), "live", "", "green"
        lacks = "" if all(entry.environments.values()) else f"{glyph('build')}"
        last = entry.last
        if last is not None and last.verdict is not None:
            verdict = last.verdict.value
            value = last.metrics.get("accuracy")
            said = share(value) if verdict == "ok" and value is not None else verdict
            colour = "green" if verdict == "ok" else "amber" if verdict == "interrupted" else "red"
            when = day(last.started_at, time.time()).removeprefix("today ")
            return state_glyph(verdict), said, f"{when} {lacks}".strip(), colour
        if lacks:
            return lacks, "to build", "", "dim"
        return glyph("pending"), "ready", "", "normal"

    def _room(self) -> int:
        return max(_NARROWEST, self.size.width - _NAME)

    def _cell_width(self, tasks: list[str]) -> int:
        return max(_NARROWEST, min(_WIDEST, self._room() // max(1, len(tasks))))

    def _window(self, names: list[str], chosen: str, most: int) -> list[str]:
        """As many as fit, the chosen one among them."""
        most = max(1, most)
        at = names.index(chosen) if chosen in names else 0
        start = max(0, min(at - most // 2, len(names) - most))
        return names[start : start + most]


def _haystack(entry: Entry) -> str:
    recipe = entry.recipe
    words = (entry.name, entry.origin, entry.task, *((recipe.title, recipe.framework) if recipe else ()))
    return " ".join(words).lower()
