"""The reasons of a waiting step: why, the exact bytes, what was checked, what follows."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fltui.record.views import RunSnapshot, StepView
from fltui.tui.evidence import evidence
from fltui.tui.glyphs import glyph
from fltui.tui.numbers import clock, time_of_day
from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog
from fltui.tui.widgets.step_block import keys_of

_HEAD = 11
# The answer that each key gives; None only closes.
_ANSWERS: dict[str, str | None] = {
    "enter": "enter",
    "e": "edit_step",
    "x": "skip_step",
    "A": "auto",
    "question_mark": "keys",
    "escape": None,
    "q": None,
}


class Reasons(Dialog[str | None]):
    """Ends with the action of the run screen that the person chose, if any."""

    def __init__(self, snapshot: RunSnapshot, step: StepView, acts: bool) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._step = step
        self._acts = acts

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog reasons"):
            yield Static(self._text(), classes="reasons-text")

    def _text(self) -> Text:
        palette = Palette.of(self.app)
        step, dim = self._step, palette["dim"]
        total = len(self._snapshot.steps.get(step.process, ()))
        title = {
            "send": f"Type {step.text or 'a secret'} into {step.process}?",
            "ask": step.question or step.name,
            "run": f"Run {step.name}?",
        }.get(step.kind, step.name)
        text = Text.assemble(
            (f"{glyph('waits')} {title}", f"bold {palette['amber']}"),
            (f"   step {step.index + 1} of {total}, {step.mode}\n", dim),
        )
        self._part(text, "why", step.why or "the recipe does not say", palette)
        text.append("\n")
        self._sends(text, palette)
        self._checks(text, palette)
        self._then(text, palette)
        headless = "answers only where the recipe or --answers has one" if step.kind == "ask" else "goes on"
        self._part(text, "headless", f"--run {headless} by itself", palette)
        text.append("\n")
        if self._acts:
            for key, does in keys_of(step, "all the rest"):
                text.append(f"\n{key} " if key == "Enter" else f"{key} ", f"bold {palette['accent']}")
                text.append(f"{does}   ", dim)
        for key, does in (("Esc", "not yet"), ("?", "keys")):
            text.append(f"{key} ", f"bold {palette['accent']}").append(f"{does}   ", dim)
        return text

    def _part(self, text: Text, name: str, says: str, palette: Palette) -> None:
        text.append(f"\n{name:<{_HEAD}}", palette["dim"]).append(says + "\n", palette["normal"])

    def _sends(self, text: Text, palette: Palette) -> None:
        step = self._step
        if step.kind != "send":
            return
        view = self._snapshot.processes.get(step.process)
        pid = f", pid {view.pid}" if view is not None and view.pid is not None else ""
        text.append(f"{'sends':<{_HEAD}}", palette["dim"])
        if step.text is None:
            text.append(f"a secret, to {step.process}{pid}, on its terminal\n", palette["normal"])
            return
        text.append(f" {step.text} ", f"bold reverse {palette['amber']}")
        size = len(step.text.encode()) + 1
        text.append(f"  {size} bytes to {step.process}{pid}, on its terminal\n", palette["dim"])

    def _checks(self, text: Text, palette: Palette) -> None:
        looks = {True: ("done", "green"), False: ("failed", "red"), None: ("waits", "amber")}
        for index, fact in enumerate(evidence(self._snapshot, self._step)):
            name, colour = looks[fact.holds]
            text.append(f"\n{'checked' if index == 0 else '':<{_HEAD}}", palette["dim"])
            text.append(f"{glyph(name)} ", palette[colour]).append(f"{fact.words:<34}", palette["normal"])
            # The detail drops first where there is no room for it.
            if self.app.size.width >= 100:
                text.append(f" {fact.detail[:24]:<24}", palette["dim"])
            text.append(f" {time_of_day(fact.t) if fact.t else 'now':>8}", palette["dim"])
        text.append("\n")

    def _then(self, text: Text, palette: Palette) -> None:
        step = self._step
        following = [s for s in self._snapshot.steps.get(step.process, ()) if s.index > step.index]
        if step.line and step.kind != "wait":
            limit = f"at most {clock(step.timeout_s)} " if step.timeout_s else ""
            says = f"waits {limit}for /{step.line}/"
        elif following:
            says = f"goes on with {following[0].name}"
        else:
            says = "it was the last step"
        self._part(text, "then", says, palette)

    def on_key(self, event: events.Key) -> None:
        if event.key not in _ANSWERS:
            return
        event.stop()
        answer = _ANSWERS[event.key]
        self.end(answer if self._acts or answer == "keys" else None)
