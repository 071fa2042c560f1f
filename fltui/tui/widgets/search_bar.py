"""The line in which one types what to search for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class SearchInput(Input):
    BINDINGS = [Binding("escape", "clear_search", "clear", show=False)]

    def action_clear_search(self) -> None:
        bar = self.query_ancestor(SearchBar)
        bar.close(cleared=True)


class SearchBar(Horizontal):
    """Enter keeps the match and gives the keys back; Esc clears."""

    class ChangedTo(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        def __init__(self, cleared: bool) -> None:
            super().__init__()
            self.cleared = cleared

    def __init__(self) -> None:
        super().__init__(classes="search-bar hidden")
        self._input = SearchInput(
            placeholder="search: a regular expression; lower case finds any case", compact=True
        )
        self._said = Static(classes="search-said")

    def compose(self) -> ComposeResult:
        yield Static("/ ", classes="search-sign")
        yield self._input
        yield self._said

    @property
    def open(self) -> bool:
        return self._input.has_focus

    def begin(self) -> None:
        self.remove_class("hidden")
        self._input.value = ""
        self._input.focus()

    def tell(self, text: str) -> None:
        self._said.update(text)

    def close(self, cleared: bool) -> None:
        self.set_class(cleared, "hidden")
        self.post_message(self.Closed(cleared))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.ChangedTo(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close(cleared=not event.value)
