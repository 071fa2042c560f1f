"""The verdict of a run, its exit code, and the one JSON object that `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

RESULT_SCHEMA = 1


class Verdict(StrEnum):
    OK = "ok"
    FAILED = "failed"
    STALLED = "stalled"
    TIMEOUT = "timeout"
    RECIPE = "recipe"
    NOT_READY = "not-ready"
    UNANSWERED = "unanswered"
    LEFTOVERS = "leftovers"
    ENVIRONMENT = "environment"
    INTERRUPTED = "interrupted"


EXIT_CODES: dict[Verdict, int] = {
    Verdict.OK: 0,
    Verdict.FAILED: 1,
    Verdict.STALLED: 1,
    Verdict.TIMEOUT: 1,
    Verdict.RECIPE: 2,
    Verdict.NOT_READY: 3,
    Verdict.UNANSWERED: 4,
    Verdict.LEFTOVERS: 5,
    Verdict.ENVIRONMENT: 6,
    Verdict.INTERRUPTED: 130,
}
SIGTERM_EXIT_CODE = 143


@dataclass(frozen=True)
class ProcessResult:
    """One process at the end. `log` is relative to the run folder."""

    name: str
    role: str
    state: str
    exit_code: int | None
    signal: str | None
    cpu_s: float
    max_rss_mb: float
    log: str


@dataclass(frozen=True)
class StepResult:
    """`state`: done, failed, timeout, skipped, unanswered, pending. `by`: recipe, person, answers."""

    process: str
    step: str
    state: str
    by: str | None


@dataclass(frozen=True)
class Leftover:
    pid: int
    command: str


@dataclass(frozen=True)
class Result:
    """What `fltui --run --json` prints; also the data of the run folder's `end` event.

    `culprit`: the process that failed first. `engine_lost`: the run ended because its engine did, whole
    or in part (killed, or with the machine), which says nothing of its recipe.
    """

    recipe: str
    run: str
    folder: str
    verdict: Verdict
    exit_code: int
    reason: str
    rounds_done: int = 0
    rounds_planned: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    processes: tuple[ProcessResult, ...] = ()
    steps: tuple[StepResult, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    duration_s: float = 0.0
    culprit: str | None = None
    engine_lost: bool = False
    schema: int = RESULT_SCHEMA
