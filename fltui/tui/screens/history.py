"""All runs, live and past: verdict, accuracy, duration, size; each opens in the very same run screen."""

from __future__ import annotations

import threading
import time
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable

from fltui.record.run_size import size_on_disk
from fltui.record.runs import RunEntry
from fltui.tui.chosen_row import chosen_key
from fltui.tui.cut import cut
from fltui.tui.from_threads import teller
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.known_runs import KnownRuns
from fltui.tui.numbers import clock, day, room, share
from fltui.tui.palette import Palette
from fltui.tui.run_facts import RunFacts, facts_of
from fltui.tui.run_filter import HELP, FilterError, Row, Test, parse
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.history_actions import HistoryActions
from fltui.tui.screens.history_keys import HISTORY_KEYS
from fltui.tui.screens.keys import Key, users_keys
from fltui.tui.widgets.filter_bar import FilterBar
from fltui.tui.widgets.footer import Keys
from fltui.tui.widgets.run_detail import RunDetail

_WIDE = 130  # from here the detail stands beside the list, else below it
_DETAIL, _SLIM_DETAIL, _SLIM_BELOW = 64, 50, 160  # its columns, and those below so many of the terminal
_SCROLLBAR, _GAP = 1, 2
_NARROW = ("recipe", "started", "verdict", "acc", "took", "size")
_TITLES = (  # from the fullest to the narrowest: the first that fits is shown
    ("recipe", "started", "verdict", "rounds", "accuracy", "took", "size", "run"),
    ("recipe", "started", "verdict", "rounds", "accuracy", "took", "size"),
    ("recipe", "started", "verdict", "accuracy", "took", "size"),
    _NARROW,
)
_ORDERS = {"newest": "", "accuracy": "best first", "took": "longest first", "size": "largest first"}


class HistoryScreen(HistoryActions):
    """A row a run; read again every second, on a thread."""

    KEYS: ClassVar[tuple[Key, ...]] = HISTORY_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in HISTORY_KEYS)
    ]

    def __init__(self) -> None:
        super().__init__()
        from fltui.tui.widgets.drawn import Drawn

        self.header = Drawn(classes="bar")
        self.table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        self.detail = RunDetail()
        self.filter_bar = FilterBar(HELP)
        self.keys_line = Keys()
        self._known = KnownRuns()
        self._sizes: dict[str, int] = {}
        self._all: list[Row] = []
        self._shown: list[Row] = []
        self._drawn: object = None
        self._test: Test = parse("")
        self._wrong = ""
        self._only_live = False
        self._order = "newest"
        self._reading = False
        self._facts: tuple[RunEntry, RunFacts] | None = None
        self._wanted: RunEntry | None = None

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            yield self.table
            yield self.detail
        yield self.filter_bar
        yield self.save_bar
        yield self.keys_line

    def on_mount(self) -> None:
        self.table.focus()
        self.set_interval(1.0, self.read)
        self.call_after_refresh(self.read)

    def on_resize(self) -> None:
        narrow = self.size.width < _WIDE
        self.set_class(narrow, "narrow")
        self.detail.styles.width = "100%" if narrow else self._detail_width
        self._drawn = None
        self.call_after_refresh(self._show)

    @property
    def _detail_width(self) -> int:
        return _SLIM_DETAIL if self.size.width < _SLIM_BELOW else _DETAIL

    # -- reading ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Reads the list on a thread, and counts the bytes of those whose size is not known."""
        if self._reading or not self.is_current:
            return
        self._reading, tell = True, teller(self)

        def work() -> None:
            entries = self._known.read()
            tell(self._took, entries)
            began = time.monotonic()
            for entry in entries:
                if entry.alive or entry.name not in self._sizes:
                    self._sizes[entry.name] = size_on_disk(entry.folder)
                if time.monotonic() - began > 0.5:  # many: show them as they come
                    began = time.monotonic()
                    tell(self._took, entries)
            tell(self._took, entries, True)

        threading.Thread(target=work, daemon=True).start()

    def _took(self, entries: list[RunEntry], whole: bool = False) -> None:
        if whole:
            self._reading = False
        self._all = [Row(entry, self._sizes.get(entry.name)) for entry in entries]
        self.marked &= {entry.name for entry in entries}
        self._show()

    def _show(self) -> None:
        """The runs that are asked for, in the order that is asked for."""
        rows = [r for r in self._all if (r.entry.alive or not self._only_live) and self._test(r)]
        if self._order != "newest":
            rows.sort(key=lambda row: -(row.value(self._order) or 0.0))
        self._shown = rows
        self._fill()
        self._draw()

    @property
    def row(self) -> Row | None:
        at = self.table.cursor_row
        return self._shown[at] if 0 <= at < len(self._shown) else None

    @property
    def facts(self) -> RunFacts | None:
        row = self.row
        return self._facts[1] if row is not None and self._facts and self._facts[0] == row.entry else None

    def rows_of(self, names: set[str]) -> list[Row]:
        return [row for row in self._all if row.entry.name in names]

    def focus_list(self) -> None:
        self.table.focus()

    def _look_closer(self) -> None:
        """Reads more of the chosen run on a thread."""
        row = self.row
        if row is None or self.facts is not None or self._wanted == row.entry:
            return
        entry, tell = row.entry, teller(self)
        self._wanted = entry

        def work() -> None:
            tell(took, facts_of(entry))

        def took(found: RunFacts) -> None:
            self._wanted = None
            self._facts = (entry, found)
            self._draw()

        threading.Thread(target=work, daemon=True).start()

    # -- drawing ------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """The table, when its rows are others than it shows."""
        palette, width = Palette.of(self.app), self.size.width
        key = (self._shown, frozenset(self.marked), width, self.app.theme, int(time.time() // 60))
        if key == self._drawn or not width:
            return
        self._drawn = key
        chosen, at = chosen_key(self.table), self.table.cursor_row
        self.table.clear(columns=True)
        titles, cells, widths = self._columns(palette)
        for title, width in zip(titles, widths, strict=True):
            self.table.add_column(title, key=title, width=width)
        for row, texts in zip(self._shown, cells, strict=True):
            self.table.add_row(*texts, key=row.entry.name)
        names = [row.entry.name for row in self._shown]
        if names:
            self.table.move_cursor(row=names.index(chosen) if chosen in names else min(at, len(names) - 1))

    def on_data_table_row_highlighted(self) -> None:
        self._draw()

    def _columns(self, palette: Palette) -> tuple[tuple[str, ...], list[list[Text]], list[int]]:
        """As many columns as stand beside the detail: titles, cells by row, widths. Measured here: the table's
        own measuring comes later, and of rows that are gone by then. What is too long still is the recipe."""
        space = self.size.width - _SCROLLBAR - (0 if self.has_class("narrow") else self._detail_width)
        for titles in _TITLES if self.size.width >= 100 else _TITLES[-1:]:
            cells = [self._cells(row, palette, titles) for row in self._shown]
            columns = zip(titles, *cells, strict=True)
            widths = [max(Text(str(cell)).cell_len for cell in column) for column in columns]
            over = sum(widths) + _GAP * len(widths) - space
            if over <= 0:
                break
        else:
            widths[0] = max(len(titles[0]), widths[0] - over)
            for texts in cells:
                cut(texts[0], widths[0])
        return titles, cells, widths

    def _cells(self, row: Row, palette: Palette, titles: tuple[str, ...]) -> list[Text]:
        entry, dim = row.entry, palette["dim"]
        word = {"live": "running", "lost": "failed"}.get(row.state, row.state)
        said = {"lost": "lost its engine"}.get(row.state, row.state)
        rounds = f"{entry.rounds_done} of {entry.rounds_planned}" if entry.rounds_planned else "-"
        mark = glyph("mark") if entry.name in self.marked else " "
        began = day(entry.started_at, time.time())
        narrow = titles is _NARROW
        accuracy = Text(share(entry.metrics.get("accuracy")), palette["normal"], justify="right")
        recipe = cut(Text(entry.recipe, palette["bright"]), 25 if narrow else 30)
        cells = {
            "recipe": Text.assemble((f"{mark} ", palette["amber"]), recipe),
            "started": Text(began.removeprefix("today ") if narrow else began, palette["normal"]),
            "verdict": Text(f"{state_glyph(word)} {said}", palette.state(word)),
            "rounds": Text(rounds, palette["normal"], justify="right"),
            "accuracy": accuracy,
            "acc": accuracy,
            "took": Text(clock(entry.duration_s), palette["normal"], justify="right"),
            "size": Text(room(row.size), dim, justify="right"),
            "run": Text(entry.name.rpartition("-")[2], dim),
        }
        return [cells[title] for title in titles]

    def _draw(self) -> None:
        if not self.is_mounted or not self.size.width:
            return
        palette = Palette.of(self.app)
        self._fill()
        self._look_closer()
        self.header.draw(self._head(palette))
        self.detail.show(self.row, self.facts, below=self.has_class("narrow"))
        whole = f"{len(self._shown)} of {len(self._all)}"
        self.filter_bar.tell(self._wrong or (whole if self.filter_bar.text else ""))
        self.keys_line.show(self._footer())

    def _head(self, palette: Palette) -> Text:
        rows, dim = self._shown, palette["dim"]
        live = sum(row.entry.alive for row in self._all)
        size = sum(row.size or 0 for row in rows)
        of = f"{len(rows)} of " if len(rows) < len(self._all) else ""
        number = f"{of}{len(self._all)} run{'' if len(self._all) == 1 else 's'}"
        head = Text.assemble(
            (" fltui ", f"bold {palette['accent']}"),
            (" history ", f"bold {palette['bright']}"),
            (f" {number}, {room(size)}", dim),
            no_wrap=True,
        )
        if live:
            head.append(f"   {glyph('running')} {live} live", palette["green"])
        if self.marked:
            head.append(f"   {glyph('mark')} {len(self.marked)} marked", palette["amber"])
        if _ORDERS[self._order]:
            head.append(f"   by {self._order}, {_ORDERS[self._order]}", dim)
        if self.working:
            head.append(f"   {self.working}", palette["accent"])
        return cut(head, self.size.width)

    def _footer(self) -> list[tuple[str, str]]:
        if self.filter_bar.typing:
            return [("Enter", "keeps it"), ("Esc", "all runs")]
        if self.save_bar.open:
            return [("Enter", "writes it"), ("Esc", "cancels")]
        row = self.row
        keys = [("Esc", "cancels the export")] if self.working.startswith("exporting") else []
        if row is None:
            return [
                *keys,
                ("/", "filter"),
                ("l", "all" if self._only_live else "live only"),
                ("s", "sweeps"),
                ("Esc", "back"),
            ]
        keys.append(("Enter", "open"))
        if row.entry.crashed:
            keys.append(("c", "clean up"))
        ended = row.entry.verdict is not None
        keys += [("R", "again"), ("p", "replay"), ("x", "export")] if ended else []
        return [
            *keys,
            ("s", "sweeps"),
            ("/", "filter"),
            ("o", "order"),
            *([("Del", "delete")] if ended else []),
            ("l", "live only"),
            ("Space", "mark"),
            ("Esc", "back"),
        ]

    # -- what a person does ---------------------------------------------------------------------------

    def on_data_table_row_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.row is not None:
            self.app.open_run(self.row.entry.folder)  # type: ignore[attr-defined]

    def action_move(self, step: int) -> None:
        self.table.move_cursor(row=max(0, self.table.cursor_row + step))

    def action_replay(self) -> None:
        if self.row is None:
            return
        if self.row.entry.alive:
            self.notify("it still runs; Enter shows it")
        else:
            self.app.open_replay(self.row.entry.folder)  # type: ignore[attr-defined]

    def action_live(self) -> None:
        self._only_live = not self._only_live
        self._show()

    def action_sort(self) -> None:
        orders = list(_ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._show()

    def action_filter(self) -> None:
        self.filter_bar.begin()
        self._draw()

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        try:
            self._test, self._wrong = parse(message.text), ""
        except FilterError as error:
            self._wrong = str(error)  # the list stays as it was
        self._show()

    def on_filter_bar_left(self) -> None:
        self.focus_list()
        self._draw()

    def action_copy(self) -> None:
        if self.row is not None:
            self.app.copy_to_clipboard(self.row.entry.name)
            self.notify("the run's name is sent to the terminal's clipboard")

    def action_sweeps(self) -> None:
        from fltui.tui.screens.sweeps import SweepsScreen

        self.app.push_screen(SweepsScreen())

    def action_help(self) -> None:
        self.app.push_screen(
            HelpScreen("history", [(key.shown, key.help) for key in users_keys(HISTORY_KEYS, self.app)])
        )

    def action_leave(self) -> None:
        """Back at once, whatever stands in the filter; an export ends with it."""
        if self.is_active:  # a second key may have been queued before it went
            self.cancel_export()
            self.app.pop_screen()

    def action_back(self) -> None:
        """Out of what is nearest: an export, the filter, the screen."""
        if self.cancel_export():
            return
        if self.filter_bar.text:
            self.filter_bar.clear()
        else:
            self.action_leave()
