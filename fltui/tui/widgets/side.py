"""The column beside the panes: steps, what the run said last, the processes without a pane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from fltui.record.views import RunSnapshot, StepView
from fltui.tui.attention import wants_me
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import megabytes, percent, share, time_of_day
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.machine import Machine

__all__ = ["Machine", "Notes", "ProcessRows", "SideTitle", "Steps"]


_LEAST_GRID = 6  # rows that the panes keep: a title, a line, a step of three rows, the input line


class SideTitle(Drawn):
    """A rule with a name at the left and a fact at the right."""

    def __init__(self, title: str) -> None:
        super().__init__(classes=f"side-title of-{title.replace(' ', '-')}")
        self._title = title

    def show(self, fact: str = "") -> None:
        palette = Palette.of(self.app)
        rule = glyph("rule")
        middle = max(1, self.size.width - len(self._title) - len(fact) - 5)
        self.draw(
            Text.assemble(
                (f"{rule} ", palette["rule"]),
                (self._title, f"bold {palette['bright']}"),
                (f" {rule * middle} ", palette["rule"]),
                (fact, palette["dim"]),
                no_wrap=True,
            )
        )


class Steps(Drawn):
    """All steps of the dialogue with their states; the one that waits in amber."""

    def show(self, snapshot: RunSnapshot) -> None:
        palette = Palette.of(self.app)
        lines = [self._line(step, palette) for step in snapshot.all_steps]
        self.draw(Text("\n").join(lines) if lines else Text("this recipe has no steps", palette["dim"]))

    def _line(self, step: StepView, palette: Palette) -> Text:
        looks = {
            "done": (glyph("done"), palette["green"]),
            "asking": (glyph("waits"), palette["amber"]),
            "waiting": (glyph("running"), palette["accent"]),
            "running": (glyph("running"), palette["accent"]),
            "skipped": (glyph("skipped"), palette["dim"]),
            "pending": (glyph("pending"), palette["dim"]),
        }
        mark, colour = looks.get(step.state, (glyph("failed"), palette["red"]))
        text = Text.assemble(
            (f"{mark} ", colour), (f"{step.kind:<5}", palette["dim"]), step.name, no_wrap=True
        )
        if step.count and step.count > 1 and step.found is not None:
            text.append(f" {step.found} of {step.count}", palette["dim"])
        if step.state == "skipped":
            text.append(" skipped", palette["dim"])
        if step.state in ("done", "skipped") and step.by not in (None, "recipe"):
            text.append(f" by {'you' if step.by == 'person' else step.by}", palette["dim"])
        if step.since and step.state != "pending":
            text.append(f"  {time_of_day(step.since)}", palette["dim"])
        if step.state == "waiting" and step.kind != "wait" and step.line:
            text.append(f"  until {step.line}", palette["dim"])
        return cut(text, self.size.width) if self.size.width else text


def done_of(steps: Sequence[StepView]) -> str:
    """`2 of 3 done, 1 failed`; empty without steps."""
    done = sum(step.state in ("done", "skipped") for step in steps)
    failed = sum(step.over for step in steps) - done
    words = f"{done} of {len(steps)} done" if steps else ""
    return f"{words}, {failed} failed" if failed else words


class Notes(Drawn):
    """What the run said of itself, the newest last."""

    def show(self, snapshot: RunSnapshot) -> None:
        palette = Palette.of(self.app)
        colours = {"info": palette["normal"], "warning": palette["amber"], "error": palette["red"]}
        lines = [
            Text.assemble(
                (f"{time_of_day(note.t)} ", palette["dim"]), (note.text, colours.get(note.level, ""))
            )
            for note in list(snapshot.notes)[-6:]
        ]
        self.draw(Text("\n").join(lines) if lines else Text("nothing noted", palette["dim"]))


class ProcessRows(Drawn):
    """One line each for the processes that have no pane."""

    class Clicked(Message):
        """Somebody clicked on the row of a process."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.process = name

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []

    def show(
        self,
        snapshot: RunSnapshot,
        letters: dict[str, str],
        hidden: list[str],
        unread: dict[str, int],
        awaited: Mapping[str, str],
        lines: Mapping[str, str],
    ) -> None:
        """`unread`: lines that came since the pane of a process was last seen; `awaited`: what it waits for,
        one that lives for a person; `lines`: what its dialogue waits to read."""
        palette = Palette.of(self.app)
        rows = []
        known = [name for name in hidden if name in snapshot.processes]
        self._names = self._that_fit(known, snapshot)
        for name in self._names:
            view = snapshot.processes[name]
            accuracy = snapshot.client_metric("accuracy", name)
            wants = awaited.get(name, "") if view.state.alive else ""
            state = "waiting" if wants else view.looks
            word = wants or view.word
            text = Text.assemble(
                (f" {letters[name]} ", f"bold {palette['accent']}"),
                (f"{name:<14} ", palette["normal"]),
                (f"{state_glyph(state)} {word:<8}", palette.state(state)),
                no_wrap=True,
            )
            if lines.get(name) and view.state.alive:
                text.append(f" {lines[name]}", palette["accent"])
            if unread.get(name):
                text.append(f" {glyph('build')}{unread[name]:,}", palette["accent"])
            if accuracy:
                text.append(f" {share(accuracy[-1][1])} local", palette["dim"])
            if view.state.alive:
                text.append(f"  cpu {percent(view.cpu_percent):>4}  {megabytes(view.rss_mb)}", palette["dim"])
                if view.gpu_memory_mb is not None:
                    text.append(f"  {view.on_gpu or 'gpu'} {megabytes(view.gpu_memory_mb)}", palette["dim"])
            if view.title and view.state.alive:
                text.append(f"  {view.title}", palette["normal"])
            if said := "" if view.state.alive else view.reason or awaited.get(name, ""):
                text.append(f"  {said}", palette["dim"])
            rows.append(cut(text, self.size.width))
        if len(known) > len(self._names):
            rows.append(Text(f" +{len(known) - len(self._names)} more", palette["dim"]))
        self.draw(Text("\n").join(rows))

    def _that_fit(self, names: list[str], snapshot: RunSnapshot) -> list[str]:
        """Those there is room for, with one row left to say how many more there are: first who failed or waits,
        then who lives; in the order of panes."""
        most = self.styles.max_height
        room = int(most.value) if most is not None else len(names)
        if isinstance(self.parent, Widget) and self.parent.size.height:
            room = min(room, max(1, self.parent.size.height - _LEAST_GRID))
        if len(names) <= room:
            return names
        wants = wants_me(names, snapshot)
        best = sorted(names, key=lambda name: (name not in wants, not snapshot.processes[name].state.alive))
        return [name for name in names if name in best[: room - 1]]

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._names):
            self.post_message(self.Clicked(self._names[event.y]))
