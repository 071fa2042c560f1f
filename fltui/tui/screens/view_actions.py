"""What a person does with the view itself: guide, topology, a presenter's sizes, which panes stand where."""

from __future__ import annotations

from fltui.tui.guide_text import sections
from fltui.tui.kept_layout import KeptLayout, keep_layout, read_layout
from fltui.tui.screens.guide_page import GuidePage
from fltui.tui.screens.run_base import RunBase
from fltui.tui.screens.split import SplitView
from fltui.tui.screens.topology import Topology
from fltui.tui.widgets.pane import Pane

_LOOKS = ("wrapped", "timed", "numbered", "raw")
_SIZES = ("no-guide", "presenting")


class ViewActions(RunBase):
    _kept = KeptLayout()  # as it stands on disk

    @property
    def layout_now(self) -> KeptLayout:
        looks = {name: self._looks_on(pane) for name, pane in self.panes.items()}
        looks = {name: looks.get(name, self._looks_of(name)) for name in self.names}
        return KeptLayout(
            chosen=self.chosen if self.picked else "",
            zoomed=self.zoomed,
            locals=self.curve.locals,
            order=list(self.names),
            hidden=sorted(self.hidden),
            sizes=[name for name in _SIZES if self.has_class(name)],
            looks={name: on for name, on in looks.items() if on},
        )

    def take_layout(self) -> None:
        """As somebody left the screen of this run; what the run does not have is passed over."""
        kept, problem = read_layout(self.feed.folder)
        if problem:
            self.call_after_refresh(self.notify, problem, severity="warning")
        if kept is None:
            self._kept = self.layout_now
            return
        self._kept = kept
        order = [name for name in kept.order if name in self.names]
        self.names = [*order, *(name for name in self.names if name not in order)]
        self.hidden = {name for name in kept.hidden if name in self.names}
        if kept.chosen in self.names:
            self.chosen, self.picked = kept.chosen, True
        self.zoomed, self.curve.locals = kept.zoomed, kept.locals
        for name in _SIZES:
            self.set_class(name in kept.sizes, name)

    def keep_layout(self) -> None:
        """Whenever it changed, for a terminal may be lost at any moment. An audience writes no file here."""
        now = self.layout_now
        if now != self._kept and not self.feed.read_only:
            self._kept = now
            keep_layout(self.feed.folder, now)

    def look_as_kept(self, pane: Pane) -> None:
        """A new pane shows its lines as it did."""
        for name in self._looks_of(pane.process_name):
            setattr(pane.lines.look_of, name, True)

    def _looks_of(self, process: str) -> list[str]:
        return [name for name in self._kept.looks.get(process, ()) if name in _LOOKS]

    def _looks_on(self, pane: Pane) -> list[str]:
        return [name for name in _LOOKS if getattr(pane.lines.look_of, name)]

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
        if not self.names:
            return
        at = self.names.index(self.chosen)
        to = at + step
        if 0 <= to < len(self.names):
            self.names[at], self.names[to] = self.names[to], self.names[at]
            self.refresh_run()
