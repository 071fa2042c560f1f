"""The step that waits for a person: what will be sent, why, what was checked, which keys act."""

from __future__ import annotations

from rich.text import Text

from fltui.record.views import StepView
from fltui.tui.cut import cut
from fltui.tui.evidence import Evidence
from fltui.tui.glyphs import glyph
from fltui.tui.numbers import clock
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn

_ENTER = {"ask": "answer", "send": "send", "run": "run"}


def keys_of(step: StepView, rest: str) -> list[tuple[str, str]]:
    """(key, word) of what a person can do with a step that waits; `rest`: the word for doing all that follow."""
    edits = [("e", "edit")] if step.kind == "send" else []
    return [("Enter", _ENTER.get(step.kind, "go on")), *edits, ("x", "skip"), ("A", rest)]


class StepBlock(Drawn):
    """Hidden while nothing waits. It never takes the focus: somebody may be typing."""

    def __init__(self) -> None:
        super().__init__(classes="step-block hidden")

    def show(
        self,
        step: StepView | None,
        total: int,
        checked: list[Evidence],
        acts: bool,
        typing: bool,
        now: float,
    ) -> None:
        """`acts`: keys reach the run; not so in a read-only view. `typing`: they are text now. `now`: Unix seconds."""
        self.set_class(step is None, "hidden")
        if step is not None:
            waited = clock(now - step.since) if step.since else ""
            hint = (
                "" if acts and not typing else "Esc, then keys act" if acts else "read-only: no key acts here"
            )
            self.draw(self._text(step, total, checked, hint, waited))

    def _text(self, step: StepView, total: int, checked: list[Evidence], hint: str, waited: str) -> Text:
        width = (self.size.width or self.app.size.width) - 1
        wide = width >= 90
        palette = Palette.of(self.app)
        dim = palette["dim"]
        lines = [self._head(step, total, width, waited, palette)]
        if step.why:
            lines.append(Text.assemble(("why      " if wide else "why ", dim), step.why))
        facts = self._facts(checked, palette, wide)
        keys = Text(hint, dim) if hint else self._keys(step, palette, wide)
        if wide:
            lines.append(Text.assemble(("checked  ", dim), facts))
            lines.append(Text.assemble(("keys     ", dim), keys))
        elif facts.cell_len + keys.cell_len + 3 <= width:
            lines.append(Text.assemble(facts, "   ", keys))
        else:
            lines.append(keys)
        for line in lines:
            line.no_wrap = True
            cut(line, width)
        return Text("\n").join(lines)

    def _head(self, step: StepView, total: int, width: int, waited: str, palette: Palette) -> Text:
        amber, bright = palette["amber"], palette["bright"]
        head = Text.assemble((f"{glyph('waits')} step {step.index + 1} of {total}", f"bold {amber}"), "  ")
        if step.kind == "ask":
            head.append(f"asks: {step.question or step.name}", bright)
        elif step.kind == "run":
            head.append(f"runs {step.name}", bright)
        else:
            head.append("send ")
            head.append(f" {step.text or '(a secret)'} ", f"bold reverse {amber}")
        to = f"  to {step.process}, waiting for you " if width >= 70 and step.kind == "send" else "  waits "
        head.append(to, palette["dim"]).append(waited, amber)
        mode = f"recipe: {step.mode}"
        gap = width - head.cell_len - len(mode)
        if gap > 3 and width >= 90:
            head.append(" " * gap).append(mode, palette["dim"])
        return head

    def _facts(self, checked: list[Evidence], palette: Palette, wide: bool) -> Text:
        """What does not hold first; on a narrow screen that, or else only the newest."""
        looks = {True: ("done", "green"), False: ("failed", "red"), None: ("waits", "amber")}
        order = sorted(checked, key=lambda fact: fact.holds is True)
        text = Text()
        first = order[:1] if order and order[0].holds is not True else order[-1:]
        for fact in order if wide else first:
            name, colour = looks[fact.holds]
            text.append(f"{glyph(name)} ", palette[colour]).append(f"{fact.words}   ", palette["normal"])
        text.rstrip()
        return text

    def _keys(self, step: StepView, palette: Palette, wide: bool) -> Text:
        key, dim = f"bold {palette['accent']}", palette["dim"]
        rest = "the rest without asking" if wide else "all"
        text = Text()
        for name, does in [*keys_of(step, rest), ("?", "reasons" if wide else "more")]:
            text.append(f"{name} ", key).append(f"{does}  ", dim)
        text.rstrip()
        return text
