"""The line in which one types which recipes or runs to show; each letter acts at once."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from fltui.tui.widgets.one_line import OneLine


class FilterInput(OneLine):
    BINDINGS = [Binding("escape", "clear_filter", "clear", show=False)]

    def action_clear_filter(self) -> None:
        self.query_ancestor(FilterBar).clear()


class FilterBar(Horizontal):
    """Enter keeps the filter and gives the keys back; Esc takes it away."""

    class Changed(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Letters act as keys again."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(classes="search-bar hidden")
        self._input = FilterInput(compact=True, placeholder=placeholder)
        self._said = Static(classes="search-said", markup=False)

    def compose(self) -> ComposeResult:
        yield Static("/", classes="search-sign")
        yield self._input
        yield self._said

    @property
    def typing(self) -> bool:
        return self._input.has_focus

    @property
    def text(self) -> str:
        return self._input.value.strip()

    def begin(self) -> None:
        self.remove_class("hidden")
        self._input.focus()

    def tell(self, text: str) -> None:
        """What came of it, at the right."""
        self._said.update(text)

    def clear(self) -> None:
        self._input.value = ""
        self.add_class("hidden")
        self.post_message(self.Changed(""))
        self.post_message(self.Left())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(not self.text, "hidden")
        self.post_message(self.Left())
