"""What speaks for doing a waiting step now, and what against it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from fltui.record.views import RunSnapshot, StepView
from fltui.tui.numbers import megabytes

_UNDONE = {"skipped": "was skipped", "unanswered": "was not answered", "timeout": "ran out of time"}


class Evidence(NamedTuple):
    """`holds`: True, False (Enter asks again), or None: a warning. `t`: since when, Unix seconds."""

    holds: bool | None
    words: str
    detail: str = ""
    t: float | None = None


def evidence(snapshot: RunSnapshot, step: StepView) -> list[Evidence]:
    """The state of the process, what its earlier steps saw, the clients, the GPUs."""
    found: list[Evidence] = []
    view = snapshot.processes.get(step.process)
    if view is not None:
        since = view.ready_at or view.started_at
        pid = f"pid {view.pid}" if view.pid is not None else ""
        found.append(Evidence(view.state.alive, f"{step.process} is {view.state.value}", pid, since))
        if view.waiting:
            found.append(Evidence(True, "it reads its terminal", (view.prompt or "").strip()[:40]))
    earlier = [other for other in snapshot.steps.get(step.process, ()) if other.index < step.index]
    found += [_of_step(other) for other in earlier]
    planned, connected = snapshot.clients_planned, snapshot.clients_connected
    if planned is not None and any(other.kind == "wait" for other in earlier):
        count = connected or 0
        found.append(Evidence(True if count >= planned else None, f"{count} of {planned} clients connected"))
    for gpu in snapshot.gpus:
        if gpu.others_mb:
            words = f"gpu {gpu.gpu} is shared"
            found.append(Evidence(None, words, f"{megabytes(gpu.others_mb)} are not ours"))
    return found


def _of_step(step: StepView) -> Evidence:
    done = step.state == "done"
    if step.kind == "wait":
        many = step.count is not None and step.count > 1
        seen = f"{step.found if step.found is not None else 0} of {step.count} " if many else ""
        return Evidence(done, f"{seen}{step.name}", "" if done else f"was {step.state}", step.since)
    words = f"{step.text or step.name} was {'answered' if step.line else 'sent'}"
    if not done:
        words = f"{step.name} {_UNDONE.get(step.state, step.state)}"
    return Evidence(True if done else None, words, "", step.since)
