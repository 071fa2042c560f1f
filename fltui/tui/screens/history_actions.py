"""What one does with past runs: delete, export, run again, clean up. Each on a thread; each says how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from textual.notifications import SeverityLevel
from textual.screen import Screen

from fltui.control.crashed import close_crashed
from fltui.control.removal import remove_run
from fltui.record.export import ExportCancelled, export_name, export_run
from fltui.record.runs import RunEntry
from fltui.tui.from_threads import teller
from fltui.tui.numbers import room
from fltui.tui.palette import Palette
from fltui.tui.run_facts import RunFacts
from fltui.tui.run_filter import Row
from fltui.tui.screens.ask import Ask
from fltui.tui.start_run import as_set
from fltui.tui.widgets.search_bar import SearchBar

_MOST_NAMED = 8


class HistoryActions(Screen[None]):
    """`working`: what is under way, as the header tells it; empty when nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.working = ""
        self.marked: set[str] = set()
        self.save_bar = SearchBar()
        self._cancelled = threading.Event()
        self._exporting: RunEntry | None = None

    @property
    def row(self) -> Row | None:
        """The chosen run; the screen knows it."""
        return None

    @property
    def facts(self) -> RunFacts | None:
        """More of the chosen run, once it was read."""
        return None

    def rows_of(self, names: set[str]) -> list[Row]:
        """The listed runs of these names."""
        return []

    def read(self) -> None:
        """Reads the list again."""

    def _draw(self) -> None:
        """Draws what is not the table."""

    def _on_thread(self, what: str, work: Callable[[], str]) -> None:
        """Does `work`, which returns what to tell, while the header says `what`."""
        if self.working:
            self.notify(f"{self.working} is under way")
            return
        self.working, app, tell, tell_app = what, self.app, teller(self), teller(self.app)
        self._draw()

        def run() -> None:
            severity: SeverityLevel = "warning"
            try:
                told, severity = work(), "information"
            except ExportCancelled:
                told, severity = "the export was cancelled; nothing of it is left", "information"
            except FileExistsError as error:
                told = f"{error.filename} is there already; nothing was written"
            except (OSError, ValueError) as error:
                told = str(error)
            tell_app(lambda: app.notify(told, severity=severity))  # also to who left the history meanwhile
            tell(ended)

        def ended() -> None:
            self.working = ""
            self.read()
            self._draw()

        threading.Thread(target=run, daemon=True).start()

    # -- delete ---------------------------------------------------------------------------------------

    def action_delete(self) -> None:
        """Asks, then deletes the marked runs, else the chosen one. A live one is refused."""
        chosen = self.rows_of(self.marked) or ([self.row] if self.row else [])
        live = [row.entry for row in chosen if row.entry.alive]
        if not chosen:
            return
        if live:
            self.notify(f"{live[0].recipe} still runs; Enter opens it, S there stops it", severity="warning")
            return

        def decided(answer: str | None) -> None:
            if answer == "delete":
                self._on_thread("deleting", lambda: self._delete([row.entry for row in chosen]))

        links = [row for row in chosen if row.entry.folder.is_symlink()]
        size = sum(row.size or 0 for row in chosen if row not in links)
        what = f"{len(chosen)} runs" if len(chosen) > 1 else chosen[0].entry.name
        gone = (
            "take it from the list" if len(links) == len(chosen) else "delete: logs, metrics, weights and all"
        )
        choices = [("y", "delete", gone), ("escape", "no", "keep")]
        palette = Palette.of(self.app)
        body = Text()
        for row in chosen[:_MOST_NAMED]:
            body.append(f"{row.entry.name}  ", palette["normal"])
            body.append(f"{row.state}  {room(row.size)}\n", palette["dim"])
        if len(chosen) > _MOST_NAMED:
            body.append(f"and {len(chosen) - _MOST_NAMED} more\n", palette["dim"])
        if links:
            body.append("a run of --run-dir only leaves this list; its folder stays\n", palette["amber"])
        body.rstrip()
        self.app.push_screen(Ask(f"Delete {what}? It gives back {room(size)}.", choices, body), decided)

    def _delete(self, entries: list[RunEntry]) -> str:
        for entry in entries:
            remove_run(entry.folder)
            self.marked.discard(entry.name)
        return f"deleted {entries[0].name}" if len(entries) == 1 else f"deleted {len(entries)} runs"

    def action_mark(self) -> None:
        if self.row is not None:
            self.marked ^= {self.row.entry.name}
            self._draw()

    # -- export ---------------------------------------------------------------------------------------

    def action_export(self) -> None:
        row = self.row
        if row is None:
            return
        if row.entry.alive:
            self.notify(f"{row.entry.recipe} still runs; export it when it has ended", severity="warning")
        elif self.working:
            self.notify(f"{self.working} is under way")
        else:
            self._exporting = row.entry
            self.save_bar.begin("save", str(Path.cwd() / export_name(row.entry.folder)))

    def on_search_bar_closed(self, message: SearchBar.Closed) -> None:
        entry, text = self._exporting, message.text.strip()
        self._exporting = None
        self.focus_list()
        if entry is not None and text:
            self._cancelled.clear()
            target = Path(text).expanduser()
            self._export(entry, target)

    def _export(self, entry: RunEntry, target: Path) -> None:
        told, app, tell = -1, self.app, teller(self)

        def progress(done: int, total: int) -> bool:
            nonlocal told
            share = round(100 * done / max(1, total))
            if share != told:
                told = share
                tell(self._told, f"exporting {entry.name}, {share}%")
            return not self._cancelled.is_set() and app.is_running

        def export() -> str:
            file = export_run(entry.folder, target, progress)
            return f"{file} holds the run, {room(file.stat().st_size)}"

        self._on_thread(f"exporting {entry.name}", export)

    def _told(self, words: str) -> None:
        self.working = words
        self._draw()

    def cancel_export(self) -> bool:
        """True when there was one to cancel."""
        if not self.working.startswith("exporting"):
            return False
        self._cancelled.set()
        return True

    def focus_list(self) -> None:
        """The keys go to the list again."""

    # -- again, clean up ------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Runs the same recipe with the same params, and shows that run."""
        row, facts = self.row, self.facts
        if row is None or facts is None:
            return
        if facts.file is None or not facts.file.exists():
            where = (
                f"{facts.file} is not there any more" if facts.file else "it does not say its recipe's file"
            )
            self.notify(f"{row.entry.recipe} cannot be run again: {where}", severity="warning")
            return
        sets = {name: as_set(value) for name, value in facts.params.items()}
        self.app.run_again(facts.file, sets, beside=True)  # type: ignore[attr-defined]

    def action_clean(self) -> None:
        """Ends what a run without an engine left, and writes its end."""
        row = self.row
        if row is None:
            return
        if not row.entry.crashed:
            self.notify("it has an end or still runs; there is nothing to clean up")
            return
        self._on_thread(f"cleaning up {row.entry.name}", lambda: _closed(row.entry.folder))


def _closed(folder: Path) -> str:
    result = close_crashed(folder)
    left = ", ".join(f"pid {item.pid} ({item.command})" for item in result.leftovers)
    return f"could not be ended: {left}" if left else f"{folder.name} is closed; nothing of it is left"
