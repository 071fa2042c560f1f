"""What a run waits for without a person: what a pending process needs, and what was seen last. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fltui.record.views import RunSnapshot
from fltui.tui.attention import reads_without_step
from fltui.tui.numbers import clock, time_of_day

_WORDS = {"started": "to start", "ready": "to be ready", "completed": "to complete"}


def needed(snapshot: RunSnapshot, plan: Mapping[str, Any]) -> str:
    """`waits for prepare to complete`; empty for a process that is not pending. `plan`: that of the process."""
    view = snapshot.processes.get(plan["name"])
    if view is None or view.state != "pending" or snapshot.ended:
        return ""
    missing = [
        f"{need['process']} {_WORDS.get(need['condition'], need['condition'])}"
        for need in plan.get("needs") or ()
        if not snapshot.processes[need["process"]].state.meets(need["condition"])
    ]
    return f"waits for {', '.join(missing)}" if missing else ""


def of_a_person(snapshot: RunSnapshot, name: str) -> str:
    """What a process waits for a person to do: `waits for you: send TRAIN`; empty where it does not."""
    step = next((step for step in snapshot.asking if step.process == name), None)
    if step is not None:
        return f"waits for you: {step.kind} {step.text if step.kind == 'send' and step.text else step.name}"
    return "waits for you to type" if reads_without_step(snapshot, name) else ""


def of_a_line(snapshot: RunSnapshot, name: str, now: float) -> str:
    """What the dialogue of a process waits to read, for how long, of how long at most: `sent START, until
    "server started"  00:12 of 05:00`; empty where it waits for no line. `now`: Unix seconds."""
    step = next((step for step in snapshot.steps.get(name, ()) if step.state == "waiting"), None)
    if step is None or not step.line or snapshot.ended:
        return ""
    did = {"send": f"sent {step.text or step.name}, until", "ask": f"answered {step.name}, until"}
    words = f'{did.get(step.kind, "waits for")} "{step.line}"'
    if step.count and step.count > 1 and step.found is not None:
        words += f" {step.found} of {step.count}"
    if step.since is None:
        return words
    limit = f" of {clock(step.timeout_s)}" if step.timeout_s else ""
    return f"{words}  {clock(now - step.since)}{limit}"


def clients_awaited(snapshot: RunSnapshot) -> bool:
    """Nothing has begun, because clients are missing."""
    planned, begun = snapshot.clients_planned, bool(snapshot.rounds) or snapshot.stall is not None
    return (
        planned is not None
        and not begun
        and not snapshot.ended
        and (snapshot.clients_connected or 0) < planned
    )


def seen_last(snapshot: RunSnapshot) -> str:
    """The newest thing that was progress: `round 2 began at 10:16:03`; empty when nothing ever was."""
    found = [
        (row.t, f"round {row.round} {'began' if row.phase == 'started' else 'was done'}")
        for row in snapshot.rounds[-1:]
    ]
    for view in snapshot.processes.values():
        times = (view.started_at, "started"), (view.ready_at, "was ready"), (view.ended_at, "ended")
        found += [(t, f"{view.name} {what}") for t, what in times if t is not None]
    for series, points in snapshot.metrics.items():
        whose = f"{series.process}'s" if series.process else "the global"
        for point in points[-1:]:
            of_round = f" of round {point.round}" if point.round is not None else ""
            found.append((point.t, f"{whose} {series.name}{of_round}"))
    found += [
        (step.since, f"step {step.name} was {step.state}")
        for step in snapshot.all_steps
        if step.since is not None
    ]
    if not found:
        return ""
    t, what = max(found, key=lambda item: item[0])
    return f"{what} at {time_of_day(t)}"
