"""The keys of the list of sweeps: one table for bindings, footer, help and docs."""

from __future__ import annotations

from fltui.tui.screens.keys import Key

SWEEPS_KEYS: tuple[Key, ...] = (
    Key("sweeps.open", "enter", "open", "open", "open the sweep's live run, else its last one"),
    Key("sweeps.copy", "y", "copy", "copy command", "copy the command that goes on with the sweep"),
    Key("sweeps.page_up", "pageup", "scroll(-1)", "", "table and curve of the chosen sweep, upwards"),
    Key(
        "sweeps.page_down",
        "pagedown,space",
        "scroll(1)",
        "",
        "table and curve of the chosen sweep, downwards",
    ),
    Key("sweeps.help", "question_mark", "help", "help", "these keys"),
    Key("sweeps.back", "escape,q", "back", "back", "back to the history"),
)
