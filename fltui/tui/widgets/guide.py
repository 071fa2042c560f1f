"""The recipe's guide beside the run: what the process or step in focus is, and what to look at."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fltui.tui.guide_text import section_for, sections, styled
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn


class Guide(VerticalScroll, can_focus=False):
    """`section`: the title of what it shows. Scrolls by mouse, goes to the top with another section."""

    def __init__(self, markdown: str) -> None:
        super().__init__(classes="guide")
        self._sections = sections(markdown)
        self._text = Drawn()
        self.section = ""

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, *names: str) -> None:
        """Follows the step, process or group that is in focus, the first that has a section."""
        palette = Palette.of(self.app)
        section = section_for(self._sections, *names)
        if section is None:
            self._text.draw(Text("this run's folder holds no guide", palette["dim"]))
            return
        if section.title != self.section:
            self.section = section.title
            self.scroll_home(animate=False)
        self._text.draw(styled(section, palette))
