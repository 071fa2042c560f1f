"""The line in which a person types to a process; with the recipe's commands and what was typed before."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from fltui.tui.glyphs import glyph, has_utf8
from fltui.tui.palette import Palette
from fltui.tui.widgets.one_line import OneLine


class InputLine(OneLine):
    """`typing`: it has the focus and letters go into it. `password`: the process turned its echo off,
    so what is typed is shown nowhere. Posts Begun, Filled, Typed, Pasted and Left."""

    BINDINGS = [
        Binding("escape", "leave", "keys"),
        Binding("up", "older", "older", show=False),
        Binding("down", "newer", "newer", show=False),
        Binding("tab", "complete(1)", "completes", show=False),
        Binding("shift+tab", "complete(-1)", "completes", show=False),
    ]

    class Typed(Message):
        """A line to send to `process`. `edits`: the step whose text it replaces, else None. `pasted`: it was
        one of several lines."""

        def __init__(
            self, process: str, text: str, edits: str | None, hidden: bool, pasted: bool = False
        ) -> None:
            super().__init__()
            self.process = process
            self.text = text
            self.edits = edits
            self.hidden = hidden
            self.pasted = pasted

    class Pasted(Message):
        """Several lines, with what stood before and behind them: nobody has been asked yet."""

        def __init__(self, process: str, lines: list[str], hidden: bool) -> None:
            super().__init__()
            self.process = process
            self.lines = lines
            self.hidden = hidden

    class Begun(Message):
        """Letters are text now."""

    class Filled(Message):
        """Something stands in it now, or nothing any more."""

    class Left(Message):
        """Letters act as keys again."""

    def __init__(self, commands: Sequence[str], process: str) -> None:
        super().__init__(
            suggester=SuggestFromList(list(commands), case_sensitive=False) if commands else None,
            classes="input-line",
            compact=True,
            select_on_focus=False,  # a letter adds to what `e` put there, it does not replace it
        )
        self.process = process
        self._commands = list(commands)
        self._typed: list[str] = []
        self._at = 0
        self._draft = ""  # what stood there before older lines were looked at
        self._completed: str | None = None  # what Tab was first pressed on
        self.edits: str | None = None
        self.typing = False
        self._filled = False

    def begin(self, text: str = "", edits: str | None = None) -> None:
        """Takes the focus. `edits`: the name of the step whose text is changed."""
        self.typing = True
        self.edits = edits
        self._put(text)
        self._anew()
        self.focus()

    def on_focus(self) -> None:
        """Also when it was clicked."""
        self.typing = True
        self._anew()
        self.post_message(self.Begun())

    def _anew(self) -> None:
        """Neither older lines were looked at, nor was anything completed."""
        self._at = len(self._typed)
        self._completed = None

    @property
    def has_commands(self) -> bool:
        """The recipe names commands, so Tab completes them."""
        return bool(self._commands)

    def hide(self, hidden: bool) -> None:
        """What is typed from now on is a secret, or no longer is."""
        self.password = hidden

    def take_lines(self, text: str) -> None:
        if self.edits is not None:
            super().take_lines(text)
            return
        start, end = sorted(self.selection)
        lines = f"{self.value[:start]}{text}{self.value[end:]}".rstrip().splitlines()
        self.post_message(self.Pasted(self.process, lines, self.password))

    def send_lines(self, lines: list[str]) -> None:
        """Sends line by line, as if each had been typed."""
        for line in lines:
            self._send(line, pasted=True)

    def action_leave(self) -> None:
        self._end()
        self.post_message(self.Left())

    def _end(self) -> None:
        self.typing, self.edits = False, None
        self._completed = None
        self.password = False
        self.value = ""

    def on_blur(self) -> None:
        if self.typing:
            self._end()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._send(event.value)

    def _send(self, text: str, pasted: bool = False) -> None:
        edits = self.edits
        if text and not self.password and self._typed[-1:] != [text]:
            self._typed.append(text)
        self._anew()
        self.value = ""
        self.post_message(self.Typed(self.process, text, edits, self.password, pasted))
        if edits is not None:
            self.action_leave()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if bool(event.value) != self._filled:
            self._filled = not self._filled
            self.post_message(self.Filled())

    def action_older(self) -> None:
        if self._at == len(self._typed):
            self._draft = self.value
        if self._at > 0 and not self.password:
            self._at -= 1
            self._put(self._typed[self._at])

    def action_newer(self) -> None:
        if self._at < len(self._typed):
            self._at += 1
            self._put(self._typed[self._at] if self._at < len(self._typed) else self._draft)

    def action_complete(self, step: int) -> None:
        """The next command that begins so; Tab again goes on."""
        if self.password:
            return
        begun = self._completed
        if (
            begun is None
            or self.value not in self._commands
            or not self.value.lower().startswith(begun.lower())
        ):
            self._completed = begun = self.value
        fits = [c for c in self._commands if c.lower().startswith(begun.lower())]
        if fits:
            at = fits.index(self.value) + step if self.value in fits and self.value != begun else 0
            self._put(fits[at % len(fits)])

    def _put(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)


class InputRow(Horizontal):
    """The input line with its sign before it and, behind it, what helps to type."""

    def __init__(self, commands: Sequence[str], process: str) -> None:
        super().__init__(classes="input-row hidden")
        self.line = InputLine(commands, process)
        self._commands = list(commands)
        self._sign = Static(glyph("input"), classes="input-sign")
        self._hint = Static(classes="input-hint")
        self._shown: Text | None = None

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self.line
        yield self._hint

    def show(self, visible: bool, suggestion: str) -> None:
        """`suggestion`: what a waiting step would send, in the empty line."""
        typing = self.line.typing
        self.set_class(not visible and not typing, "hidden")
        self.set_class(typing, "typing")
        self.line.placeholder = suggestion
        words = self._words(typing)
        if words != self._shown:  # an update lays the whole screen out anew
            self._shown = words
            self._hint.update(words)

    def _words(self, typing: bool) -> Text:
        palette = Palette.of(self.app)
        key, dim = f"bold {palette['accent']}", palette["dim"]
        if self.line.password:
            return Text.assemble(("hidden: ", palette["amber"]), ("it turned its echo off", dim))
        if not typing:
            return Text.assemble(("i ", key), ("types", dim))
        up = "↑" if has_utf8() else "Up"
        first = Text(no_wrap=True)
        if self.line.edits is not None:
            first.append(f"instead of {self.line.edits}  ", palette["amber"])
        elif self._commands:
            first.append("  ".join(self._commands) + "   ", palette["normal"])
        tab = ("Tab ", "completes  ") if self._commands else ("", "")
        full = Text.assemble(
            (tab[0], key), (tab[1], dim), (f"{up} ", key), ("before  ", dim), ("Esc ", key), ("keys", dim)
        )
        short = Text(f"{tab[0]}{up} Esc", key)
        room = self.size.width * 0.6
        fits = (words for words in (first + full, first + short, short) if words.cell_len <= room)
        return next(fits, Text("Esc", key))
