"""All sweeps, and of the chosen one its table and curve; read from the sweep folders every second."""

from __future__ import annotations

import shlex
import textwrap
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable

from fltui.record.lock import owner
from fltui.study.sweep_folder import CellRecord, SweepView, list_sweeps, sweep_or_damage
from fltui.study.sweep_plot import legend_note, plot
from fltui.study.sweep_summary import combinations, curves, sentences
from fltui.study.sweep_table import cells_of, state_of, titles
from fltui.tui.chosen_row import chosen_key
from fltui.tui.cut import cut
from fltui.tui.from_threads import teller
from fltui.tui.glyphs import has_utf8, state_glyph
from fltui.tui.numbers import day
from fltui.tui.palette import Palette
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.keys import Key, users_keys
from fltui.tui.screens.sweeps_keys import SWEEPS_KEYS
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.footer import Keys

_TITLES = ("recipe", "begun", "cells", "swept", "sweep")
_GAPS = 2 * len(_TITLES) + 2  # a column's padding either side, and the scroll bar of a long list
_LEAST = 16  # columns for a sweep's name, however narrow the screen is
_MOST = 200  # sweeps that are listed
_WORDS = {"live": "running"}  # a cell's state as the glyphs know it


@dataclass(frozen=True)
class Read:
    """One look at the folders. `live`: the ids of the chosen sweep's cells whose runs live."""

    views: tuple[SweepView, ...]
    live: frozenset[str]


class SweepsScreen(Screen[None]):
    KEYS: ClassVar[tuple[Key, ...]] = SWEEPS_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        # The table has the focus and would page itself: the sweep below it needs these keys more.
        *(
            Binding(
                key.key, key.action, key.does, show=False, id=key.id, priority=key.action.startswith("scroll")
            )
            for key in SWEEPS_KEYS
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.header = Drawn(classes="bar")
        self.table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        self.picture = Drawn()
        self.pane = VerticalScroll(self.picture, id="sweep", can_focus=False)
        self.pane.styles.height = "2fr"
        self.keys_line = Keys()
        self._read = Read((), frozenset())
        self._chosen = ""
        self._filled: object = None
        self._reading = False

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.table
        yield self.pane
        yield self.keys_line

    def on_mount(self) -> None:
        self.table.focus()
        self.set_interval(1.0, self.read)
        self.call_after_refresh(self.read)

    def on_resize(self) -> None:
        self._filled = None
        self.call_after_refresh(self._draw)

    @property
    def view(self) -> SweepView | None:
        """The chosen sweep."""
        views = self._read.views
        return next((view for view in views if view.name == self._chosen), views[0] if views else None)

    # -- reading ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Reads the folders on a thread."""
        if self._reading or not self.is_current:
            return
        self._reading, tell, chosen = True, teller(self), self._chosen

        def work() -> None:
            tell(self._took, _look(chosen))

        threading.Thread(target=work, daemon=True).start()

    def _took(self, found: Read) -> None:
        self._reading, self._read = False, found
        self._draw()

    # -- drawing ------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self.is_mounted or not self.size.width:
            return
        palette = Palette.of(self.app)
        self._fill(palette)
        number = len(self._read.views)
        view = self.view
        head = Text.assemble(
            (" fltui ", f"bold {palette['accent']}"),
            (" sweeps ", f"bold {palette['bright']}"),
            (f" {number}", palette["dim"]),
            (f"   {view.name if view else ''}", palette["normal"]),  # whole: the list may cut it
            no_wrap=True,
        )
        self.header.draw(cut(head, self.size.width))
        self.picture.draw(self._picture(view, palette) if view else _nothing(palette))
        keys = [("Enter", "open its run"), ("PgUp PgDn", "scroll"), ("y", "copy command")] if view else []
        self.keys_line.show([*keys, ("Esc", "back")])

    def _fill(self, palette: Palette) -> None:
        """The list, when it is another than it shows."""
        views = self._read.views
        key = (views, self.size.width, self.app.theme, int(time.time() // 60))
        if key == self._filled:
            return
        self._filled = key
        chosen = chosen_key(self.table) or self._chosen
        rows = [self._row(view, palette) for view in views]
        self._cut_last_two(rows)
        self.table.clear(columns=True)
        for index, title in enumerate(_TITLES):
            # A width of its own: the table may draw a row before it has measured it, and keeps that.
            width = max([len(title), *(row[index].cell_len for row in rows)])
            self.table.add_column(title, key=title, width=width)
        for view, row in zip(views, rows, strict=True):
            self.table.add_row(*row, key=view.name)
        names = [view.name for view in views]
        if chosen in names:
            self.table.move_cursor(row=names.index(chosen))

    def _cut_last_two(self, rows: list[list[Text]]) -> None:
        """What is swept and the name share what the other columns leave; both stand whole elsewhere."""
        *widths, swept, name = (
            max([len(title), *(row[index].cell_len for row in rows)]) for index, title in enumerate(_TITLES)
        )
        left = self.size.width - _GAPS - sum(widths)
        for_name = max(min(name, _LEAST), left - swept)
        for row in rows:
            cut(row[-2], max(_LEAST // 2, left - for_name))
            cut(row[-1], for_name)

    def _row(self, view: SweepView, palette: Palette) -> list[Text]:
        if view.damage:
            sign = Text(f"{state_glyph('failed')} damaged", palette.state("failed"))
            begun = Text(day(view.created, time.time()), palette["normal"])
            return [Text("?", palette["dim"]), begun, sign, Text(), Text(view.name, palette["dim"])]
        failed = f", {view.failed} failed" if view.failed else ""
        word = "running" if view.alive else "failed" if failed else "ok"
        word = word if view.alive or view.done == len(view.cells) else "interrupted"
        done = f"{state_glyph(word)} {view.done} of {len(view.cells)}{failed}"
        swept = [f"{name} x {len(values)}" for name, values in view.swept.items()]
        swept += [f"seeds x {len(view.seeds)}"] if view.seeds else []
        return [
            cut(Text(view.recipe, palette["bright"]), 26),
            Text(day(view.created, time.time()), palette["normal"]),
            Text(done, palette.state(word)),
            Text(" ".join(swept), palette["normal"]),
            Text(view.name, palette["dim"]),
        ]

    def _picture(self, view: SweepView, palette: Palette) -> Text:
        """Table of one sweep, what it cannot say, and the curve; of a damaged one what is wrong with it."""
        if view.damage:
            return self._wrapped(view.damage, palette["amber"])
        rows = combinations(view)
        lines: list[list[tuple[str, str]]] = [[(title, palette["dim"]) for title in titles(view)]]
        for row in rows:
            words = [(cell, palette["normal"]) for cell in cells_of(row, view)]
            lines.append(words)
        widths = [max(len(line[column][0]) for line in lines) + 2 for column in range(len(lines[0]))]
        most = max(len(row.cells) for row in rows)
        text = Text(no_wrap=True)
        for index, line in enumerate(lines):
            signs = self._marks(rows[index - 1].cells, palette) if index else Text()
            drawn_line = Text(" ").append_text(signs)
            drawn_line.append(" " * (2 * most - signs.cell_len + 1))  # the signs stand first: never cut off
            for (words_, style), width in zip(line, widths, strict=True):
                drawn_line.append(words_.ljust(width), style)
            drawn_line.rstrip()
            text.append_text(cut(drawn_line, self.size.width - 2)).append("\n")
        for sentence in sentences(view):
            text.append_text(self._wrapped(sentence, palette["amber"])).append("\n")
        drawn = plot(view, min(self.size.width - 2, 110), 18, has_utf8())
        if drawn:
            text.append("\n" + "\n".join(f" {line}" for line in drawn), palette["normal"])
            text.append("\n").append_text(self._wrapped(legend_note(curves(view)), palette["dim"]))
        return text

    def _wrapped(self, words: str, style: str) -> Text:
        lines = textwrap.wrap(words, max(20, self.size.width - 4))
        return Text("\n".join(f" {line}" for line in lines), style, no_wrap=True)

    def _marks(self, cells: tuple[CellRecord, ...], palette: Palette) -> Text:
        """A sign a seed."""
        found = Text()
        for cell in cells:
            state = state_of(cell, cell.id in self._read.live)
            word = _WORDS.get(state, state)
            found.append(f"{state_glyph(word)} ", palette.state(word))
        return found

    # -- what a person does ---------------------------------------------------------------------------

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        views = self._read.views
        if 0 <= event.cursor_row < len(views):
            name = views[event.cursor_row].name
            if name != self._chosen:
                self._chosen = name
                self._draw()
                self.pane.scroll_home(animate=False)
                self.read()

    def on_data_table_row_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        view = self.view
        if view is None:
            return
        began = [cell for cell in view.cells if cell.folder and Path(cell.folder).is_dir()]
        live = [cell for cell in began if cell.id in self._read.live]
        if not began:
            self.notify("none of its runs is there yet, or any more")
            return
        cell = (live or sorted(began, key=lambda cell: cell.started_at or 0.0))[-1]
        self.app.open_run(Path(cell.folder))  # type: ignore[attr-defined]

    def action_copy(self) -> None:
        if self.view is not None and self.view.damage:
            self.notify("its command stands in the manifest, which cannot be read")
        elif self.view is not None:
            self.app.copy_to_clipboard(shlex.join(["fltui", *self.view.command[1:]]))
            self.notify("the command is sent to the terminal's clipboard")

    def action_scroll(self, pages: int) -> None:
        self.pane.scroll_relative(y=pages * max(3, self.pane.size.height - 2), animate=False)

    def action_help(self) -> None:
        self.app.push_screen(
            HelpScreen("sweeps", [(key.shown, key.help) for key in users_keys(SWEEPS_KEYS, self.app)])
        )

    def action_leave(self) -> None:
        """What Ctrl-C does here, too."""
        self.action_back()

    def action_back(self) -> None:
        if self.is_active:  # a second key may have been queued before it went
            self.app.pop_screen()


def _look(chosen: str) -> Read:
    views = [view for folder in list_sweeps()[:_MOST] if (view := sweep_or_damage(folder)) is not None]
    shown = next((view for view in views if view.name == chosen), views[0] if views else None)
    waiting = [cell for cell in shown.cells if cell.run and cell.verdict is None] if shown else []
    return Read(tuple(views), frozenset(cell.id for cell in waiting if owner(Path(cell.folder)) is not None))


def _nothing(palette: Palette) -> Text:
    return Text(" no sweeps yet; `fltui sweep RECIPE --set NAME=A,B --seeds 3` begins one", palette["dim"])
