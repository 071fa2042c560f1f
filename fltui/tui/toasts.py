"""Words that pass: never the same twice, at most two at a time, gone after five seconds."""

from __future__ import annotations

from textual.app import App
from textual.notifications import Notify, SeverityLevel

_MOST = 2
_LONGEST_S = 5.0


class FewToasts(App[int]):
    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Nothing stays longer than five seconds. `markup` is never taken: a path or an error may hold brackets,
        and screens and widgets pass True unasked."""
        timeout = _LONGEST_S if timeout is None else min(timeout, _LONGEST_S)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def _on_notify(self, event: Notify) -> None:
        """Drops what is shown already, and the oldest where there is no room beside another."""
        shown = list(self._notifications)
        if any(toast.message == event.notification.message for toast in shown):
            event.prevent_default()  # else the app shows it after this
            return
        for old in shown[: max(0, len(shown) + 1 - _MOST)]:
            self._unnotify(old, refresh=False)
