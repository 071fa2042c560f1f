"""The line in which one types what to search for, what to show only, where to go, where to save."""

from __future__ import annotations

from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from fltui.tui.widgets.one_line import OneLine


class Purpose(NamedTuple):
    """`keys`: what acts meanwhile, for the footer; `live`: each letter acts at once."""

    sign: str
    placeholder: str
    keys: tuple[tuple[str, str], ...]
    live: bool = False


PURPOSES = {
    "search": Purpose(
        "/",
        "search: a regular expression; lower case finds any case",
        (("Enter", "keeps it"), ("Esc", "clears it")),
        True,
    ),
    "filter": Purpose(
        "&",
        "show only lines that match this regular expression",
        (("Enter", "keeps it"), ("Esc", "all lines")),
        True,
    ),
    "go_to": Purpose(
        ":", "a line 1200, a time 10:16:23, a round r2", (("Enter", "goes there"), ("Esc", "stays"))
    ),
    "mark": Purpose("+", "a text for the mark, or none", (("Enter", "marks"), ("Esc", "puts no mark"))),
    "save": Purpose(">", "the file to save to", (("Enter", "saves"), ("Esc", "cancels"))),
}


class BarInput(OneLine):
    BINDINGS = [Binding("escape", "clear_bar", "clear", show=False)]

    def action_clear_bar(self) -> None:
        self.query_ancestor(SearchBar).close("", cleared=True)


class SearchBar(Horizontal):
    """Enter takes what stands there and gives the keys back; Esc clears."""

    class ChangedTo(Message):
        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Told(Message):
        """What came of the search is known, so far."""

    class Closed(Message):
        def __init__(self, purpose: str, text: str, cleared: bool) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text
            self.cleared = cleared

    def __init__(self) -> None:
        super().__init__(classes="search-bar hidden")
        self.purpose = "search"
        self._input = BarInput(compact=True)
        self._sign = Static(classes="search-sign", markup=False)
        self._said = Static(classes="search-said", markup=False)
        self._told = ""

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._input
        yield self._said

    @property
    def open(self) -> bool:
        return self._input.has_focus

    def begin(self, purpose: str = "search", text: str = "") -> None:
        self.purpose = purpose
        self._sign.update(PURPOSES[purpose].sign)
        self._input.placeholder = PURPOSES[purpose].placeholder
        self.remove_class("hidden")
        self.tell("")
        self._input.value = text
        self._input.cursor_position = len(text)
        self._input.focus()

    def tell(self, text: str) -> None:
        """Only another width lays the screen out anew: a search counts many times a second."""
        if text != self._told:
            self._said.update(text, layout=len(text) != len(self._told))
            self._told = text
            self.post_message(self.Told())

    def close(self, text: str, cleared: bool) -> None:
        # A search stays in sight: its count and the match's line are told here.
        self.set_class(cleared or self.purpose != "search", "hidden")
        self.post_message(self.Closed(self.purpose, text, cleared))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if PURPOSES[self.purpose].live and self.open:
            self.post_message(self.ChangedTo(self.purpose, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close(event.value, cleared=not event.value and self.purpose != "mark")
