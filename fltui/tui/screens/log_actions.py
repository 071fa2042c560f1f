"""Reading logs: moving, searching, narrowing, copying and saving lines of the chosen pane."""

from __future__ import annotations

import re
import time
from pathlib import Path

from fltui.tui.screens.run_base import RunBase
from fltui.tui.widgets.search_bar import SearchBar

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?$")
_ROUND = re.compile(r"r(?:ound)?\s*(\d+)$", re.IGNORECASE)


class LogActions(RunBase):
    def action_lines(self, method: str) -> None:
        """A movement of the chosen pane's lines."""
        if self.pane is not None:
            getattr(self.pane.lines, method)()
            self.pane.draw_title()

    def action_look(self, name: str) -> None:
        """Turns a way of showing lines on or off."""
        if self.pane is None:
            return
        if name == "raw" and self.pane.lines.look_of.parts is None:
            self.notify("the recipe names no parts of these lines: they are the process's own")
            return
        self.pane.lines.toggle(name)

    def action_level(self) -> None:
        if self.pane is not None:
            self.pane.lines.next_level()
            self.pane.draw_title()
            self.show_keys()

    # -- the line at the bottom -------------------------------------------------------------------

    def action_search(self) -> None:
        self.search.begin()
        self.search_bar.begin("search")

    def action_filter(self) -> None:
        self.search_bar.begin("filter", self.pane.lines.filter_text if self.pane else "")

    def action_go_to(self) -> None:
        self.search_bar.begin("go_to")

    def action_save(self) -> None:
        if self.feed.read_only:
            # An audience may sit at another machine: it writes no file on this one.
            self.notify("this view is read-only; y copies")
        elif self.pane is not None:
            name = f"{self.pane.process_name}-{time.strftime('%H%M%S')}.txt"
            self.search_bar.begin("save", str(Path.cwd() / name))

    def action_next_match(self, backwards: bool) -> None:
        self.search.next(backwards)

    def end_search(self) -> None:
        """Takes the bar and the marked matches away. The pane stays where the search has led."""
        self.search.begin()  # else a pane that followed its log before would go back to the end
        self.search.clear()
        self.search_bar.add_class("hidden")
        self.show_keys()

    def on_search_bar_told(self) -> None:
        self.show_keys()  # there are matches now, or none

    def on_search_bar_changed_to(self, message: SearchBar.ChangedTo) -> None:
        if message.purpose == "search":
            self.search.start(message.text)
        else:
            self._filter(message.text)

    def on_search_bar_closed(self, message: SearchBar.Closed) -> None:
        self.set_focus(None)
        text = message.text.strip()
        if message.purpose == "search":
            if message.cleared:
                self.search.clear()
        elif message.purpose == "filter":
            self._filter(message.text)
        elif message.purpose == "go_to" and text:
            self.go_to(text)
        elif message.purpose == "save" and text:
            self._save(Path(text).expanduser())
        elif message.purpose == "mark" and not message.cleared:
            self.mark(text)

    def _filter(self, text: str) -> None:
        if self.pane is None:
            return
        try:
            self.pane.lines.set_filter(text)
        except re.error as error:
            self.search_bar.tell(f"no regular expression: {error}")
        else:
            self.search_bar.tell("")
            self.pane.draw_title()
            self.show_keys()

    def end_filter(self) -> None:
        """All lines of the chosen pane again."""
        if self.pane is not None:
            self.pane.lines.show_all()
            self.pane.draw_title()
            self.show_keys()

    # -- places ---------------------------------------------------------------------------------------

    def go_to(self, text: str) -> None:
        """A line in the chosen pane; a time or a round in all panes."""
        pane = self.pane
        if pane is None:
            return
        if text.replace(",", "").isdecimal():
            self.search.go_to_line(int(text.replace(",", "")))
            return
        t, number = self._time_of(text), _ROUND.match(text)
        if t is None:
            why = f"{text} is no line, no time (10:16 or 10:16:23) and no round (r2)"
            self.notify(self._no_round(int(number[1])) if number else why)
            return
        for each in self.panes.values():
            at = each.lines.landmarks.round_at(int(number[1])) if number else None
            if at is None:
                each.lines.go_to_time(t)
            else:
                each.lines.go_to_offset(at)
            each.draw_title()

    def _no_round(self, number: int) -> str:
        """Why there is nothing to go to: the round has not begun, or will never be."""
        snapshot = self.snapshot
        begun = sorted({row.round for row in snapshot.rounds})
        planned = snapshot.rounds_planned
        if not snapshot.ended and (planned is None or number <= planned):
            return f"round {number} has not begun"
        if not snapshot.ended:
            return f"there is no round {number}; {planned} are planned"
        if not begun:
            return f"there is no round {number}; none has begun"
        has = f"round {begun[0]}" if len(begun) == 1 else f"rounds {begun[0]} to {begun[-1]}"
        return f"there is no round {number}; it has {has}"

    def _time_of(self, text: str) -> float | None:
        found = _ROUND.match(text)
        if found:
            number = int(found[1])
            return next((row.t for row in self.snapshot.rounds if row.round == number), None)
        found = _CLOCK.match(text)
        begun = self.snapshot.started_at
        if not found or begun is None:
            return None
        hours, minutes, rest = int(found[1]), int(found[2]), int(found[3] or 0)
        if hours > 23 or minutes > 59 or rest > 59:
            return None
        day = time.localtime(begun)
        seconds = hours * 3600 + minutes * 60 + rest
        t = time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1)) + seconds
        tomorrow = t + 86400  # a run may go on after midnight
        return tomorrow if t < begun - 1 and tomorrow <= self.now else t

    # -- taking lines away ----------------------------------------------------------------------------

    def action_copy(self) -> None:
        """What the mouse selected, else the lines on the screen, as the process wrote them."""
        if self.pane is None:
            return
        selected = self.get_selected_text()
        self.app.copy_to_clipboard(selected or self.pane.lines.visible_text)
        self.notify(
            f"{'the selection is' if selected else 'the visible lines are'} sent to the terminal's clipboard"
        )

    def _save(self, path: Path) -> None:
        """What the mouse selected, else the lines on the screen; never over a file that exists."""
        if self.pane is None:
            return
        selected = self.get_selected_text()
        data = selected.encode() if selected else b"\n".join(x.data for x in self.pane.lines.visible_lines)
        try:
            with open(path, "xb") as file:
                file.write(data + b"\n")
        except OSError as error:
            self.notify(f"{path} cannot be written: {error.strerror}", severity="warning")
        else:
            self.notify(f"saved to {path}")

    def action_open_log(self) -> None:
        """Opens the log at the line at the top, at the end where it is followed."""
        if self.feed.read_only and not self.snapshot.ended:
            self.notify("this view is read-only: a pager could start other programs")
        elif self.pane is not None:
            lines = self.pane.lines
            number = None if lines.following else lines.log_view.line_number(lines.top_offset)
            self.app.open_file(lines.log_view.path, number)  # type: ignore[attr-defined]
