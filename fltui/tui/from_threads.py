"""How a thread reaches the app: what it found is taken by the app itself, for a screen that is still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.screen import Screen


def teller(whom: App[Any] | Screen[Any]) -> Callable[..., None]:
    """`tell(what, *facts)` for a thread: the app calls `what`, unless it ends or the screen is left meanwhile.

    Made before the thread begins: a screen that was left has no app.
    """
    app = whom if isinstance(whom, App) else whom.app

    def there() -> bool:
        return app.is_running and (whom is app or whom in app.screen_stack)

    def tell(what: Callable[..., object], *facts: object) -> None:
        if app.is_running:
            app.call_later(lambda: what(*facts) if there() else None)

    return tell
