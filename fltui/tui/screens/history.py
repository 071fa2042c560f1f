"""All runs, live and past: verdict, accuracy, duration; each opens in the very same run screen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Static

from fltui.record.runs import RunEntry, list_runs
from fltui.tui.glyphs import state_glyph
from fltui.tui.numbers import clock, day, share
from fltui.tui.palette import Palette
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.keys import Key
from fltui.tui.widgets.footer import Keys

HISTORY_KEYS: tuple[Key, ...] = (
    Key("history.open", "enter", "open", "open", "open the run"),
    Key("history.live", "l", "live", "live only", "only live runs, or all again"),
    Key("history.help", "question_mark", "help", "help", "these keys"),
    Key("history.back", "escape,q", "back", "back", "back"),
)


class HistoryScreen(Screen[None]):
    """A row a run, newest first; read again every second."""

    KEYS: ClassVar[tuple[Key, ...]] = HISTORY_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in HISTORY_KEYS)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.header = Static(classes="bar")
        self.table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        self.keys_line = Keys()
        self._entries: dict[str, RunEntry] = {}
        self._only_live = False
        self._drawn: list[RunEntry] = []

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.table
        yield self.keys_line

    def on_mount(self) -> None:
        for title in ("run", "recipe", "started", "verdict", "rounds", "accuracy", "took"):
            self.table.add_column(title, key=title)
        self.table.focus()
        self.set_interval(1.0, self._read)
        self.call_after_refresh(self._read)

    def _read(self) -> None:
        entries = [entry for entry in list_runs() if entry.alive or not self._only_live]
        palette = Palette.of(self.app)
        live = sum(entry.alive for entry in entries)
        self.header.update(
            Text.assemble(
                (" fltui ", f"bold {palette['accent']}"),
                (" history ", f"bold {palette['bright']}"),
                (f" {len(entries)} runs, {live} live", palette["dim"]),
            )
        )
        self.keys_line.show([("Enter", "open"), ("l", "live only"), ("Esc", "back")])
        if entries == self._drawn:
            return
        self._drawn = entries
        at = self.table.cursor_row
        self.table.clear()
        self._entries = {}
        for entry in entries:
            self._entries[entry.name] = entry
            self.table.add_row(*self._cells(entry, palette), key=entry.name)
        if entries:
            self.table.move_cursor(row=min(at, len(entries) - 1))

    def _cells(self, entry: RunEntry, palette: Palette) -> list[Text]:
        word = entry.verdict.value if entry.verdict else "running" if entry.alive else "failed"
        said = word if entry.verdict else "live" if entry.alive else "lost its engine"
        rounds = f"{entry.rounds_done} of {entry.rounds_planned}" if entry.rounds_planned else "-"
        return [
            Text(entry.name.rpartition("-")[2], palette["dim"]),
            Text(entry.recipe, palette["bright"]),
            Text(day(entry.started_at, time.time())),
            Text(f"{state_glyph(word)} {said}", palette.state(word)),
            Text(rounds, justify="right"),
            Text(share(entry.metrics.get("accuracy")), justify="right"),
            Text(clock(entry.duration_s), justify="right"),
        ]

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self._open(str(event.row_key.value))

    def action_open(self) -> None:
        if self._drawn:
            self._open(self._drawn[self.table.cursor_row].name)

    def _open(self, name: str) -> None:
        folder: Path = self._entries[name].folder
        self.app.open_run(folder)  # type: ignore[attr-defined]

    def action_live(self) -> None:
        self._only_live = not self._only_live
        self._read()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen("history", [(key.shown, key.help) for key in HISTORY_KEYS]))

    def action_back(self) -> None:
        if self.is_active:  # a second key may have been queued before it went
            self.app.pop_screen()
