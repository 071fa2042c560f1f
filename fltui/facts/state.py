"""States of a process and of a run, and which may follow which."""

from __future__ import annotations

from enum import StrEnum


class ProcessState(StrEnum):
    """`running`: started, not (yet) ready; `ready`: its readiness checks held, or it has none.

    `done`: ended as the recipe says (also what serves, ended when the federation had come to its
    end); `stopped`: ended by the stop of the run before that; `failed`: ended otherwise, or could
    not start; `skipped`: never started, because the run ended or a need failed.
    """

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def alive(self) -> bool:
        return self in (ProcessState.RUNNING, ProcessState.READY, ProcessState.STOPPING)

    @property
    def ended(self) -> bool:
        return self in (
            ProcessState.DONE,
            ProcessState.STOPPED,
            ProcessState.FAILED,
            ProcessState.SKIPPED,
        )

    def meets(self, condition: str) -> bool:
        """Whether a process in this state is what another needs: `started`, `ready` or `completed`."""
        if condition == "completed":
            return self is ProcessState.DONE
        if condition == "ready":
            return self in (ProcessState.READY, ProcessState.DONE)
        return self.alive or self in (ProcessState.DONE, ProcessState.STOPPED)


NEXT_STATES: dict[ProcessState, tuple[ProcessState, ...]] = {
    ProcessState.PENDING: (ProcessState.RUNNING, ProcessState.FAILED, ProcessState.SKIPPED),
    ProcessState.RUNNING: (
        ProcessState.READY,
        ProcessState.STOPPING,
        ProcessState.DONE,
        ProcessState.STOPPED,
        ProcessState.FAILED,
        ProcessState.PENDING,
    ),
    ProcessState.READY: (
        ProcessState.STOPPING,
        ProcessState.DONE,
        ProcessState.STOPPED,
        ProcessState.FAILED,
        ProcessState.PENDING,
    ),
    ProcessState.STOPPING: (ProcessState.DONE, ProcessState.STOPPED, ProcessState.FAILED),
    ProcessState.DONE: (),
    ProcessState.STOPPED: (),
    ProcessState.FAILED: (ProcessState.PENDING,),
    ProcessState.SKIPPED: (),
}


class RunState(StrEnum):
    """`waiting`: a step waits for a person; `stalled`: no progress for the recipe's stall time."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STALLED = "stalled"
    STOPPING = "stopping"
    ENDED = "ended"
