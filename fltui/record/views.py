"""What a view shows of a run: frozen facts about its processes, steps, rounds and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fltui.facts.records import Resource
from fltui.facts.state import ProcessState, RunState
from fltui.facts.verdict import Leftover, Result, Verdict
from fltui.record.history import History

_GPU_AGE_S = 5.0


class Headway(NamedTuple):
    """What a process said of its progress, and the count in it, if there is one: `done` of `total`."""

    t: float
    text: str
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class ProcessView:
    """One process. `waiting`: it seems to wait for input, with `prompt` as its last partial line;
    `stop_stage` and `survivors`: how far its stop has come and how many are left; `title`: how it
    stands in the recipe's words; `progress`: how far it has come before the first round; `held`: by a
    stop signal; times are Unix seconds, of the present incarnation. Usage is that of its process tree;
    `gpus`: the labels of those that it was placed on."""

    name: str
    role: str = ""
    group: str = ""
    state: ProcessState = ProcessState.PENDING
    incarnation: int = 0
    pid: int | None = None
    exit_code: int | None = None
    signal: str | None = None
    reason: str | None = None
    title: str = ""
    progress: Headway | None = None
    held: bool = False
    started_at: float | None = None
    ready_at: float | None = None
    ended_at: float | None = None
    waiting: bool = False
    prompt: str | None = None
    stop_stage: str | None = None
    survivors: int | None = None
    cpu_percent: float | None = None
    cpu_s: float | None = None
    rss_mb: float | None = None
    max_rss_mb: float | None = None
    processes: int | None = None
    gpu_memory_mb: float | None = None
    gpus: tuple[str, ...] = ()

    @property
    def on_gpu(self) -> str:
        """`gpu 0`, `gpu 0,1`; empty for a process that was placed on none."""
        return f"gpu {','.join(self.gpus)}" if self.gpus else ""

    @property
    def looks(self) -> str:
        """Its state, and `held` where it lives only in name."""
        held = self.held and self.state.alive and self.state is not ProcessState.STOPPING
        return "held" if held else self.state.value

    @property
    def word(self) -> str:
        """Its state as a person reads it: what serves, ended by a signal, did not finish by itself."""
        return "stopped" if self.state is ProcessState.DONE and self.signal else self.looks

    @property
    def log(self) -> str:
        """Its log, relative to the run folder."""
        return f"logs/{self.name}.log"


@dataclass(frozen=True)
class StepView:
    """One step of a process's dialogue. `state` as in the `step` event, `pending` before the first;
    `since`: when it entered that state; `found` of `count` lines were seen."""

    process: str
    name: str
    index: int
    kind: str
    state: str = "pending"
    mode: str = "auto"
    by: str | None = None
    text: str | None = None
    question: str | None = None
    why: str | None = None
    line: str | None = None
    found: int | None = None
    count: int | None = None
    timeout_s: float | None = None
    since: float | None = None

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "timeout", "skipped", "unanswered")


class Note(NamedTuple):
    t: float
    process: str | None
    text: str
    level: str


class Mark(NamedTuple):
    t: float
    text: str
    by: str | None


class RoundPhase(NamedTuple):
    """`phase`: started or done."""

    t: float
    round: int
    phase: str


class Point(NamedTuple):
    """One value of a metric; `round` is None where the line named none."""

    t: float
    round: int | None
    value: float


class Series(NamedTuple):
    """Which metric: `process` is "" in scope global."""

    scope: str
    process: str
    name: str


@dataclass(frozen=True)
class RunSnapshot:
    """Everything a view shows of a run, except its logs. Made by `begin` and `fold` (snapshot.py).

    `step_mode`: automatic steps wait for a person. `reason` belongs to `state`; `stall` is the diagnosis
    while the run is stalled; `patience_s`: how long after `stalled_at` it is ended, None where a person
    may wait as long as the deadline lets. `gpu_rows`: the newest sample of each GPU ever seen; `gpus`
    those that are still there; `gpu_state` and `gpu_text`: what their driver said of itself (none,
    failed, silent, ok), empty while it says nothing. `t`: of the newest row. `lost`: bytes that a full disk swallowed, by file.
    """

    run: str = ""
    recipe: str = ""
    state: RunState = RunState.STARTING
    reason: str | None = None
    result: Result | None = None
    processes: Mapping[str, ProcessView] = field(default_factory=dict)
    steps: Mapping[str, tuple[StepView, ...]] = field(default_factory=dict)
    step_mode: bool = False
    rounds_planned: int | None = None
    rounds_done: int = 0
    round_now: int | None = None
    rounds: History[RoundPhase] = field(default_factory=History)
    metrics: Mapping[Series, History[Point]] = field(default_factory=dict)
    finals: Mapping[str, float] = field(default_factory=dict)
    clients_connected: int | None = None
    clients_planned: int | None = None
    notes: History[Note] = field(default_factory=History)
    marks: History[Mark] = field(default_factory=History)
    stall: str | None = None
    stalled_at: float | None = None
    patience_s: float | None = None
    stop_by: str | None = None
    stop_reason: str | None = None
    leftovers: tuple[Leftover, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)
    gpu_rows: Mapping[str, Resource] = field(default_factory=dict)
    gpu_state: str = ""
    gpu_text: str = ""
    resources_at: float = 0.0
    supervisor_pid: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    t: float = 0.0

    @property
    def verdict(self) -> Verdict | None:
        return self.result.verdict if self.result else None

    @property
    def ended(self) -> bool:
        return self.state is RunState.ENDED

    def global_metric(self, name: str) -> list[tuple[int, float]]:
        """(round, value) of the federated weights, in order; of a round seen twice the last value."""
        return self._points(Series("global", "", name))

    def client_metric(self, name: str, process: str) -> list[tuple[int, float]]:
        """(round, value) of one client's local metric."""
        return self._points(Series("client", process, name))

    @property
    def all_steps(self) -> list[StepView]:
        return [step for steps in self.steps.values() for step in steps]

    @property
    def asking(self) -> list[StepView]:
        """The steps that wait for a person."""
        return [step for step in self.all_steps if step.state == "asking"]

    @property
    def preparing(self) -> list[ProcessView]:
        """The processes that say how far they have come, as long as no round has begun; the newest word last."""
        if self.ended or self.rounds:
            return []
        told = [view for view in self.processes.values() if view.state.alive and view.progress is not None]
        return sorted(told, key=lambda view: view.progress.t if view.progress else 0.0)

    @property
    def gpus(self) -> list[Resource]:
        """The newest sample of each GPU that is there; one that disappeared is not."""
        return [row for row in self.gpu_rows.values() if row.t >= self.resources_at - _GPU_AGE_S]

    @property
    def lost_gpus(self) -> list[Resource]:
        """The last sample of each GPU that was there and is not."""
        return [row for row in self.gpu_rows.values() if row.t < self.resources_at - _GPU_AGE_S]

    @property
    def cpu_percent(self) -> float:
        """Of all process trees together; 100 is one core."""
        return sum(view.cpu_percent or 0.0 for view in self.processes.values())

    @property
    def rss_mb(self) -> float:
        return sum(view.rss_mb or 0.0 for view in self.processes.values())

    def _points(self, series: Series) -> list[tuple[int, float]]:
        points = self.metrics.get(series, ())
        return list({point.round: point.value for point in points if point.round is not None}.items())
