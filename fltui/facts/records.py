"""The rows of the run folder's three streams. Times are Unix seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One thing that happened. `data` depends on `kind`; see EVENT_KINDS."""

    t: float
    kind: str
    process: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


EVENT_KINDS: dict[str, str] = {
    "start": "the supervisor began: pid, guard",
    "run": "the run changed state: state, reason",
    "process": "a process changed state: state, incarnation, pid?, exit_code?, signal?, reason?",
    "step": "a step changed state: step, index, kind (wait, send, ask, run), state (waiting, asking, "
    "running, done, failed, timeout, skipped, unanswered), by?, text?, question?, why?, line?, found?, "
    "count?, timeout_s?",
    "step_mode": "automatic steps wait for a person from now on, or no longer: on",
    "input": "a line went to a process: by (recipe, person, answers, stop), text (None: secret), "
    "offset (of the log, where its echo begins)",
    "hint": "a process waits for input, or no longer does: waiting, prompt",
    "round": "a round of the federation: round, phase (started, done)",
    "clients": "clients connected: connected, planned",
    "note": "what the framework does, in words: text, level (info, warning, error), title? (true: of its process)",
    "progress": "how far a process has come before the first round: text, done?, total?",
    "gpu": "what the GPU driver says of itself, when it changes: state (ok, none, failed, silent), text, level",
    "mark": "a mark of a person: text, by",
    "loss": "bytes that could not be written to disk: bytes, file",
    "stop": "the stop began: by, reason, process?",
    "signal": "the stop reached a stage for a process: stage (polite, term, group, kill), signal, survivors",
    "left": "descendants that could not be ended: leftovers [{pid, command}]",
    "end": "the last line: the Result",
}


@dataclass(frozen=True)
class Metric:
    """`scope`: global (the federated weights, by our evaluator) or client (local)."""

    t: float
    round: int | None
    process: str
    scope: str
    name: str
    value: float


@dataclass(frozen=True)
class Resource:
    """One process tree or one GPU, sampled once a second; a value that cannot be had is None.

    Trees: cpu_percent (100 = one core), cpu_s (total), rss_mb, processes, gpu_memory_mb.
    GPUs: utilisation (percent), memory_mb and total_mb, others_mb (not of this run), celsius, watts.
    """

    t: float
    process: str | None = None
    gpu: str | None = None
    cpu_percent: float | None = None
    cpu_s: float | None = None
    rss_mb: float | None = None
    processes: int | None = None
    gpu_memory_mb: float | None = None
    utilisation: float | None = None
    memory_mb: float | None = None
    total_mb: float | None = None
    others_mb: float | None = None
    celsius: float | None = None
    watts: float | None = None
