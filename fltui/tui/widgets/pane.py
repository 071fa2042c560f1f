"""One process on the screen: its title, its lines, the step that waits, its input line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from fltui.record.views import ProcessView, StepView
from fltui.tui.cut import cut
from fltui.tui.evidence import Evidence
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.landmarks import round_names
from fltui.tui.numbers import megabytes, percent
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.input_line import InputRow
from fltui.tui.widgets.log_lines import LogLines
from fltui.tui.widgets.step_block import StepBlock

# Cells of the title that a recipe gives its process; else pid, CPU and memory go, as they do for an awaited line.
_LEAST_TITLE = 24
_GAP = 3  # two spaces before the title, and some of the rule after it


@dataclass(frozen=True)
class PaneFacts:
    """What a pane shows besides the log. `reads`: it waits for input without a step; `acts`: keys
    reach the run; `now`: the time that the screen shows, in Unix seconds; `line`: what its dialogue waits
    to read."""

    view: ProcessView
    step: StepView | None
    total_steps: int
    checked: list[Evidence]
    reads: bool
    acts: bool
    now: float
    line: str = ""

    @property
    def waits(self) -> bool:
        return self.step is not None or self.reads


class PaneTitle(Drawn):
    """The rule above a pane: letter, name, state, unread at the left; facts at the right."""

    def show(self, letter: str, facts: PaneFacts, lines: LogLines, focused: bool) -> None:
        self.draw(self._text(letter, facts, lines, focused))

    def _text(self, letter: str, facts: PaneFacts, lines: LogLines, focused: bool) -> Text:
        palette = Palette.of(self.app)
        view, waits = facts.view, facts.waits
        state = "waiting" if waits else view.looks
        colour = palette.state(state)
        strong = focused or waits or state == "failed"
        rule_style = (palette["accent"] if focused and not waits else colour) if strong else palette["rule"]
        rule = glyph("heavy" if strong else "rule")
        words = "waits for you" if facts.step else "waits for you to type" if facts.reads else view.word
        left = Text.assemble(
            (f"{rule} ", rule_style),
            (letter, f"bold {palette['accent']}"),
            " ",
            (view.name, f"bold {palette['bright']}"),
            " ",
            (f"{state_glyph(state)} {words}", colour),
        )
        if view.signal or view.exit_code:
            bad = "red" if view.state.value == "failed" else "dim"  # a stop ends with a signal, too
            left.append(f" {view.signal or f'exit {view.exit_code}'}", palette[bad])
        for extra in (lines.filter_words, lines.position_words):
            if extra:
                left.append(f"  {extra}", palette["amber"])
        title = Text("  ", palette["normal"]).join(
            [
                Text(words, style)
                for words, style in ((facts.line, palette["accent"]), (view.title, ""))
                if words
            ]
        )
        right = Text("  ".join(self._usage(view)), palette["dim"])
        tail = f" {rule}" if right.plain else ""
        room = self.size.width - left.cell_len - right.cell_len - len(tail) - 2
        least = len(facts.line) + _GAP if facts.line else 1 + min(_LEAST_TITLE, title.cell_len)
        if dropped := room < least:
            right, tail = Text(""), ""
            room = self.size.width - left.cell_len - 2
        if title and room > _GAP + 1:
            left.append("  ").append_text(cut(title, room - _GAP))
        gap = self.size.width - left.cell_len - right.cell_len - len(tail) - (1 if dropped else 2)
        line = Text.assemble(
            left, " ", (rule * max(0, gap), rule_style), " " if right.plain else "", right, (tail, rule_style)
        )
        line.no_wrap = True
        return cut(line, self.size.width)

    def _usage(self, view: ProcessView) -> list[str]:
        if not view.state.alive or view.pid is None:
            return []
        facts = [str(view.pid)] if self.size.width >= 60 else []
        facts += [f"cpu {percent(view.cpu_percent)}", megabytes(view.rss_mb)]
        if view.gpu_memory_mb is not None:
            facts.append(f"{view.on_gpu or 'gpu'} {megabytes(view.gpu_memory_mb)}")
        elif view.gpus:  # nothing on it yet, or a container hides whose memory is whose
            facts.append(f"{view.on_gpu} assigned")
        return facts


class Pane(Vertical):
    """The pane of one process. A step that asks stands above the input line of the process that it
    writes to, so that it cannot be unclear who gets the text."""

    class Chosen(Message):
        """Somebody clicked on it."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.process = name

    def __init__(self, folder: Path, letter: str, plan: dict[str, Any], round_line: str | None) -> None:
        super().__init__(classes="pane")
        self.process_name: str = plan["name"]
        self.letter = letter
        log = folder / "logs" / f"{plan['name']}.log"
        self.lines = LogLines(log, plan.get("line_parts"), round_line, round_names(plan.get("metrics") or ()))
        self.title_line = PaneTitle(classes="pane-title")
        self.step_block = StepBlock()
        self.input_row = InputRow(plan.get("commands") or (), plan["name"])
        self.input_line = self.input_row.line
        self._facts: PaneFacts | None = None

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.lines
        yield self.step_block
        yield self.input_row

    def show(self, facts: PaneFacts) -> None:
        """Takes the state of its process and the step that waits for a person, if one does."""
        self._facts = facts
        self._show_step(facts)
        step = facts.step
        suggestion = "" if step is None else step.text or ("(a secret)" if step.kind == "send" else "")
        self.input_row.show(facts.waits and facts.acts, suggestion)
        self.draw_title()

    def _show_step(self, facts: PaneFacts) -> None:
        typing = self.input_line.typing
        self.step_block.show(facts.step, facts.total_steps, facts.checked, facts.acts, typing, facts.now)

    def draw_title(self) -> None:
        if self._facts is not None and self.title_line.size.width:  # else it has no place yet
            self.title_line.show(self.letter, self._facts, self.lines, self.has_class("chosen"))

    def look(self) -> None:
        """Takes what came to the log."""
        if self.lines.look() and not self.lines.following:
            self.draw_title()

    def on_log_lines_moved(self) -> None:
        self.draw_title()

    def on_resize(self) -> None:
        self.draw_title()
        if self._facts is not None:
            self._show_step(self._facts)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Chosen(self.process_name))
