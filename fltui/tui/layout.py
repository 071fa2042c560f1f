"""Which processes get a pane: decided by the size of the terminal and by who matters now. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fltui.record.views import RunSnapshot
from fltui.tui.attention import wants_me
from fltui.tui.screens.run_keys import PANE_LETTERS

_LEAST_ROWS = 7  # a title and six lines


def letters_for(names: Sequence[str]) -> dict[str, str]:
    """A letter for each process, for as long as there are letters; they never move."""
    return {name: PANE_LETTERS[i] if i < len(PANE_LETTERS) else " " for i, name in enumerate(names)}


def choose_panes(
    names: Sequence[str], snapshot: RunSnapshot, chosen: str, width: int, height: int, zoomed: bool
) -> list[str]:
    """The processes with a pane, in the order of the plan.

    A narrow terminal shows the chosen one. A wide one shows as many as fit: the chosen, those that
    failed or wait, those that live, then those that ended; pending ones stay rows.
    """
    if not names:
        return []
    if zoomed or width < 120:
        return [chosen]
    columns = 2 if width >= 150 else 1
    fit = max(1, (height - 4) // _LEAST_ROWS) * columns
    wants = wants_me(names, snapshot)

    def rank(name: str) -> int:
        view = snapshot.processes.get(name)
        state = view.state.value if view else "pending"
        if name == chosen:
            return 0
        if name in wants:
            return 1
        ended = 4 if _role(snapshot, name) == "tool" else 3  # what a tool said matters least
        return {"running": 2, "ready": 2, "stopping": 2, "done": ended, "stopped": ended}.get(state, 9)

    able = [name for name in names if rank(name) < 9]
    if not snapshot.ended and any(rank(name) == 2 for name in names):
        # While something lives, tools that are done take a row, not a pane.
        able = [name for name in able if rank(name) < 3 or _role(snapshot, name) != "tool"]
    best = sorted(able, key=lambda name: (rank(name), names.index(name)))[:fit]
    return [name for name in names if name in best] or [chosen]


def _role(snapshot: RunSnapshot, name: str) -> str:
    view = snapshot.processes.get(name)
    return view.role if view else ""
