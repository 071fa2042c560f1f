"""The whole guide as a page, where there is no room for it beside the run."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fltui.tui.guide_text import Section, styled
from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog


class GuidePage(Dialog[None]):
    def __init__(self, sections: list[Section], first: str = "") -> None:
        """`first`: the title of the section to begin with; the others follow."""
        super().__init__()
        at = next((i for i, section in enumerate(sections) if section.title == first), 0)
        self._sections = sections[at:] + sections[:at]
        self._page = VerticalScroll(classes="dialog page")

    def compose(self) -> ComposeResult:
        palette = Palette.of(self.app)
        parts = [styled(section, palette) for section in self._sections]
        with self._page:
            yield Static(Text("\n\n\n").join(parts) if parts else "this run's folder holds no guide")

    def on_mount(self) -> None:
        self._page.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "q", "G", "enter"):
            event.stop()
            self.end()
