"""The keys of the history: one table for bindings, footer, help and docs."""

from __future__ import annotations

from fltui.tui.screens.keys import Key

HISTORY_KEYS: tuple[Key, ...] = (
    Key("history.open", "enter", "open", "open", "open the run, live or finished"),
    Key("history.up", "up,k", "move(-1)", "", "the run above"),
    Key("history.down", "down,j", "move(1)", "", "the run below"),
    Key("history.replay", "p", "replay", "replay", "play a finished run with the clock"),
    Key("history.again", "R", "again", "run again", "run the same recipe with the same params"),
    Key("history.filter", "slash", "filter", "filter", "show only runs that match"),
    Key("history.sort", "o", "sort", "order", "newest first, by accuracy, by duration, by size"),
    Key("history.live", "l", "live", "live only", "only live runs, or all again"),
    Key("history.mark", "space", "mark", "mark", "mark the run for deletion, or take the mark away"),
    Key("history.delete", "delete,D", "delete", "delete", "delete the marked runs, else this one; it asks"),
    Key("history.export", "x", "export", "export", "write the run to a tar, without its secrets"),
    Key(
        "history.clean",
        "c",
        "clean",
        "clean up",
        "end what a run that lost its engine left, and write its end",
    ),
    Key("history.copy", "y", "copy", "copy name", "copy the run's name"),
    Key("history.sweeps", "s", "sweeps", "sweeps", "sweeps: their tables and curves"),
    Key("history.help", "question_mark", "help", "help", "these keys"),
    Key("history.back", "escape,q", "back", "back", "cancel an export, take the filter away, back"),
)
