"""One process on the screen: its title, its lines, the step that waits, its input line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from fltui.record.views import ProcessView, StepView
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import megabytes, percent
from fltui.tui.palette import Palette
from fltui.tui.widgets.input_line import InputLine
from fltui.tui.widgets.log_lines import LogLines
from fltui.tui.widgets.step_block import StepBlock


class PaneTitle(Static):
    """The rule above a pane: letter, name, state, unread at the left; facts at the right."""

    def show(self, letter: str, view: ProcessView, waits: bool, lines: LogLines, focused: bool) -> None:
        self.update(self._text(letter, view, waits, lines, focused))

    def _text(self, letter: str, view: ProcessView, waits: bool, lines: LogLines, focused: bool) -> Text:
        palette = Palette.of(self.app)
        state = "waiting" if waits else view.state.value
        colour = palette.state(state)
        strong = focused or waits or state == "failed"
        rule_style = (palette["accent"] if focused and not waits else colour) if strong else palette["rule"]
        rule = glyph("heavy" if strong else "rule")
        words = "waits for you" if waits else view.state.value
        left = Text.assemble(
            (f"{rule} ", rule_style),
            (letter, f"bold {palette['accent']}"),
            " ",
            (view.name, f"bold {palette['bright']}"),
            " ",
            (f"{state_glyph(state)} {words}", colour),
        )
        if view.signal or view.exit_code:
            left.append(f" {view.signal or f'exit {view.exit_code}'}", palette["red"])
        if view.waiting and not waits and view.state.alive:
            left.append(f" {glyph('asks')} input", palette["amber"])
        if not lines.following:
            more = f" {lines.unread} new" if lines.unread else ""
            left.append(f" {glyph('paused')} paused{more}", palette["amber"])
        facts: list[str] = []
        if view.state.alive and view.pid is not None:
            if self.size.width >= 60:
                facts.append(str(view.pid))
            facts += [f"cpu {percent(view.cpu_percent)}", megabytes(view.rss_mb)]
            if view.gpu_memory_mb is not None:
                facts.append(f"gpu {megabytes(view.gpu_memory_mb)}")
        right = Text("  ".join(facts), palette["dim"])
        gap = self.size.width - left.cell_len - right.cell_len - 4
        if gap < 1:
            right, gap = Text(""), self.size.width - left.cell_len - 2
        line = Text.assemble(left, " ", (rule * max(0, gap), rule_style), " ", right, no_wrap=True)
        line.append(f" {rule}" if facts else "", rule_style)
        return line


class Pane(Vertical):
    """The pane of one process. A step that asks stands above the input line of the process that it
    writes to, so that it cannot be unclear who gets the text."""

    step: reactive[StepView | None] = reactive(None)

    def __init__(self, folder: Path, letter: str, plan: dict[str, Any]) -> None:
        super().__init__(id=f"pane-{letter}", classes="pane")
        self.process_name: str = plan["name"]
        self.letter = letter
        self.plan = plan
        self.lines = LogLines(folder / "logs" / f"{plan['name']}.log")
        self.title_line = PaneTitle(classes="pane-title")
        self.step_block = StepBlock()
        self.input_line = InputLine(plan.get("commands") or ())
        self._last: tuple[ProcessView, bool] | None = None

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.lines
        yield self.step_block
        yield self.input_line

    def show(self, view: ProcessView, step: StepView | None, total_steps: int) -> None:
        """Takes the state of its process and the step that waits for a person, if one does."""
        self.step_block.show(step, total_steps)
        self.input_line.set_class(step is None and not self.input_line.typing, "hidden")
        if step is not None and not self.input_line.typing:
            self.input_line.suggest(step.text or "")
        self._last = (view, step is not None)
        self.draw_title()

    def draw_title(self) -> None:
        if self._last is not None:
            view, waits = self._last
            focused = self.has_class("chosen")
            self.title_line.show(self.letter, view, waits, self.lines, focused)

    def look(self) -> None:
        """Takes what came to the log."""
        if self.lines.look():
            self.draw_title()

    def on_log_lines_moved(self) -> None:
        self.draw_title()

    def on_resize(self) -> None:
        self.draw_title()
