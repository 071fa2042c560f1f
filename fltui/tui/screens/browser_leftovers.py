"""At the start of the app: runs that lost their engine are told, and what they left is offered for clean-up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from rich.text import Text

from fltui.tui.from_threads import teller
from fltui.tui.glyphs import glyph
from fltui.tui.leftovers import Lost, clean, look
from fltui.tui.palette import Palette
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.browser_base import BrowserBase


class LeftoverActions(BrowserBase):
    def look_for_leftovers(self) -> None:
        """Looks on a thread; asks when there is something to tell."""
        tell = teller(self)

        def work() -> None:
            if found := look():
                tell(self._tell, found)

        threading.Thread(target=work, daemon=True).start()

    def _tell(self, found: Sequence[Lost]) -> None:
        dirty = [lost for lost in found if lost.to_clean]
        # Somebody is at something else by now, or types; a question would take their keys.
        if self.app.screen is not self or self.app.keys_came:  # type: ignore[attr-defined]
            names = ", ".join(lost.name for lost in found)
            self.notify(f"lost their engine: {names}; H shows them", severity="warning")
            return

        def decided(answer: str | None) -> None:
            if answer == "clean":
                self._clean(dirty)
            elif answer == "open":
                self.app.open_run(found[0].folder)  # type: ignore[attr-defined]

        choices = [("c", "clean", "clean up: end what is left, write the missing ends")] if dirty else []
        if len(found) == 1:
            choices.append(("v", "open", "open the run"))
        choices.append(("escape", "leave", "leave it as it is" if dirty else "go on"))
        what = "A run lost its engine" if len(found) == 1 else f"{len(found)} runs lost their engines"
        body = _told(found, Palette.of(self.app))
        self.app.push_screen(Ask(f"{what} while nobody looked.", choices, body), decided)

    def _clean(self, dirty: Sequence[Lost]) -> None:
        tell = teller(self)
        self.bar.show(None, "cleaning up …")

        def work() -> None:
            tell(ended, clean(dirty))

        def ended(wrong: list[str]) -> None:
            self.bar.show(None)
            self.read()
            if wrong:
                self.notify("\n".join(wrong), severity="error")
            else:
                self.notify("cleaned up; nothing is left of it")

        threading.Thread(target=work, daemon=True).start()


def _told(found: Sequence[Lost], palette: Palette) -> Text:
    text = Text()
    for lost in found:
        text.append(
            f"{glyph('waits' if lost.to_clean else 'failed')} ", palette["amber" if lost.to_clean else "red"]
        )
        text.append(f"{lost.name}\n", f"bold {palette['bright']}")
        text.append(
            f"  {lost.reason or 'it has no end: nothing was left that could write one'}\n", palette["normal"]
        )
        for item in lost.left:
            text.append(f"  pid {item.pid:<8}", palette["amber"]).append(
                f"{item.command}\n", palette["normal"]
            )
        if not lost.left:
            text.append("  no process of it lives\n", palette["dim"])
    text.rstrip()
    return text
