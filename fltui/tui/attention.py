"""Who wants a person: pure functions of the run as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from fltui.record.views import RunSnapshot


def reads_without_step(snapshot: RunSnapshot, name: str) -> bool:
    """It waits for input and no step of the recipe will give it any: somebody has to type."""
    view = snapshot.processes.get(name)
    if view is None or not view.waiting or not view.state.alive or view.state.value == "stopping":
        return False
    return all(step.over for step in snapshot.steps.get(name, ()))


def wants_me(names: Sequence[str], snapshot: RunSnapshot) -> list[str]:
    """The processes that failed or wait for a person, in the order of panes."""
    asking = {step.process for step in snapshot.asking}

    def wants(name: str) -> bool:
        view = snapshot.processes.get(name)
        failed = view is not None and view.state == "failed"
        return failed or name in asking or reads_without_step(snapshot, name)

    return [name for name in names if wants(name)]


def waits(snapshot: RunSnapshot) -> bool:
    """Somebody is waited for, by a step or by a process that reads its terminal."""
    return bool(snapshot.asking) or any(reads_without_step(snapshot, name) for name in snapshot.processes)
