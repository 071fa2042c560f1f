"""What a person does with the view itself: guide, topology, a presenter's sizes, which panes stand where."""

from __future__ import annotations

from fltui.tui.guide_text import sections
from fltui.tui.screens.guide_page import GuidePage
from fltui.tui.screens.run_base import RunBase
from fltui.tui.screens.split import SplitView
from fltui.tui.screens.topology import Topology


class ViewActions(RunBase):
    def action_guide(self) -> None:
        """Beside the run, or as a page where there is no room."""
        if self.has_class("narrow"):
            guide = sections(str(self.feed.manifest.get("guide") or ""))
            self.app.push_screen(GuidePage(guide, self.guide.section))
        else:
            self.toggle_class("no-guide")
            self.refresh_run()

    def action_topology(self) -> None:
        def chosen(letter: str | None) -> None:
            name = next((n for n, known in self.letters.items() if letter and known == letter), None)
            if name is not None:
                self.choose(name)

        self.app.push_screen(Topology(self.feed.plan, self.snapshot, self.letters), chosen)

    def action_split(self) -> None:
        self.app.push_screen(SplitView(self.feed))

    def action_present(self) -> None:
        """Large plot, steps and guide for those who sit far away."""
        self.toggle_class("presenting")
        self.call_after_refresh(self.refresh_run)  # titles are as wide as the column is then

    def action_hide(self) -> None:
        """The chosen pane becomes a row; choosing it again brings it back."""
        others = [name for name in self.names if name not in self.hidden and name != self.chosen]
        if not others:
            self.notify("it is the last pane")
            return
        self.hidden.add(self.chosen)
        after = [name for name in others if self.names.index(name) > self.names.index(self.chosen)]
        self.choose((after or others)[0])

    def action_move(self, step: int) -> None:
        """The chosen pane changes places with its neighbour; its letter stays."""
        at = self.names.index(self.chosen)
        to = at + step
        if 0 <= to < len(self.names):
            self.names[at], self.names[to] = self.names[to], self.names[at]
            self.refresh_run()
