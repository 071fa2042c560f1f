"""Who connects to whom, and which of them are up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fltui.record.views import RunSnapshot
from fltui.tui.glyphs import has_utf8, state_glyph
from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog
from fltui.tui.topology import listeners, waits_for

_CLOSING = ("escape", "q", "g", "enter")


class Topology(Dialog[str]):
    """Ends with the letter of a pane to go to. As the run stood when it was opened."""

    def __init__(self, plan: Mapping[str, Any], snapshot: RunSnapshot, letters: Mapping[str, str]) -> None:
        super().__init__()
        self._plan, self._snapshot, self._letters = plan, snapshot, letters

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog topology"):
            yield Static(self._text(Palette.of(self.app)))

    def _text(self, palette: Palette) -> Text:
        text = Text.assemble(("who connects to whom", f"bold {palette['bright']}"))
        text.append("   127.0.0.1 only\n", palette["dim"])
        found, drawn = listeners(self._plan), set()
        branch, last = ("├─ ", "└─ ") if has_utf8() else ("|- ", "`- ")
        # Those that somebody connects to; a port of one's own that nobody names is told at its owner.
        own = {item.process: item for item in found if not item.clients}
        for item in (item for item in found if item.clients):
            text.append("\n").append_text(self._process(item.process, palette))
            text.append(f"  listens on {item.port}", palette["accent"]).append(
                f" {item.name}\n", palette["dim"]
            )
            drawn |= {item.process, *item.clients}
            for index, client in enumerate(item.clients):
                text.append(f"   {last if index == len(item.clients) - 1 else branch}", palette["rule"])
                text.append_text(self._process(client, palette))
                if client in own:
                    text.append(f"  {own[client].port}", palette["dim"])
                text.append("\n")
        alone = [name for name in self._snapshot.processes if name not in drawn]
        if alone:
            text.append("\nthrough files only\n" if drawn else "\nno ports in this recipe\n", palette["dim"])
        for name in alone:
            text.append("   ").append_text(self._process(name, palette))
            needs = ", ".join(f"{other} {condition}" for other, condition in waits_for(self._plan, name))
            text.append(f"  after {needs}\n" if needs else "\n", palette["dim"])
        text.append("\n a letter goes to its pane   Esc closes", palette["dim"])
        return text

    def _process(self, name: str, palette: Palette) -> Text:
        view = self._snapshot.processes.get(name)
        state = view.state.value if view else "pending"
        return Text.assemble(
            (f"{self._letters.get(name, ' ')} ", f"bold {palette['accent']}"),
            (f"{name:<14} ", palette["bright"]),
            (f"{state_glyph(state)} {state:<8}", palette.state(state)),
            (f" {view.role}" if view else "", palette["dim"]),
        )

    def on_key(self, event: events.Key) -> None:
        if event.key in _CLOSING:
            event.stop()
            self.end()
        elif event.key in self._letters.values() and event.key.strip():
            event.stop()
            self.end(event.key)
