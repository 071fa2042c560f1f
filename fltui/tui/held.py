"""Which processes are held by a stop signal. The record tells that in notes only: `X is held by a stop signal
(…`, `X is held no more` (fltui/engine/activity.py and sampling.py)."""

from __future__ import annotations

from fltui.facts.records import Event


def take_held(held: set[str], event: Event) -> None:
    """Adds or removes the process of one more event of the run."""
    name = event.process
    if name is None:
        return
    if event.kind == "note":
        text = str(event.data.get("text", ""))
        if text.startswith(f"{name} is held by a stop signal"):
            held.add(name)
        elif text == f"{name} is held no more":
            held.discard(name)
    elif event.kind == "process" and event.data.get("state") != "ready":
        held.discard(name)  # it ends, or begins anew
