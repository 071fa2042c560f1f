"""An input of one line: a text of several is not pasted in part, and what is hidden is not copied."""

from __future__ import annotations

from textual import events
from textual.actions import SkipAction
from textual.widgets import Input


class OneLine(Input):
    """Several pasted lines are refused with a sentence: what is taken in part looks as if it were whole."""

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        lines = [line for line in event.text.splitlines() if line.strip()]
        if len(lines) > 1:
            self.take_lines(event.text)
        elif lines:
            self.replace(lines[0], *self.selection)

    def take_lines(self, text: str) -> None:
        """What becomes of a pasted text of several lines."""
        lines = sum(bool(line.strip()) for line in text.splitlines())
        self.notify(
            f"{lines} lines were pasted, and one is taken here: none of them was put in", severity="warning"
        )

    def copies_selection(self) -> bool:
        """Sends what is selected to the terminal's clipboard; False where nothing is, or it is a secret."""
        if self.password or not self.selected_text:
            return False
        self.app.copy_to_clipboard(self.selected_text)
        self.notify("the selection is sent to the terminal's clipboard")
        return True

    def action_copy(self) -> None:
        if self.password:
            self._tell_of_secret()
        elif not self.copies_selection():
            raise SkipAction  # to what the mouse selected elsewhere

    def action_cut(self) -> None:
        """Textual's own would put a secret, or nothing, in place of what the clipboard held."""
        if self.password:
            self._tell_of_secret()
        elif self.copies_selection():
            self.delete_selection()

    def _tell_of_secret(self) -> None:
        self.notify("what is hidden goes to no clipboard", severity="warning")
