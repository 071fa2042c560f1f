"""What stands over a screen and ends with an answer."""

from __future__ import annotations

from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    def end(self, answer: ScreenResultType | None = None) -> None:
        """Ends with the answer. A key that was queued before it ended, as on a slow line, ends
        nothing more: dismissing it again would take away the screen below."""
        if self.is_active:
            self.dismiss(answer)
