"""The Result of a run whose supervisor died: what its run folder says, and how it ended."""

from __future__ import annotations

import time
from pathlib import Path

from fltui.engine.verdict import left_running
from fltui.facts.plan import LaunchPlan
from fltui.facts.records import Event
from fltui.facts.state import ProcessState
from fltui.facts.verdict import EXIT_CODES, Leftover, ProcessResult, Result, StepResult, Verdict
from fltui.record.reader import read_events, read_metrics


def end_of_crashed_run(
    plan: LaunchPlan, folder: Path, reason: str, leftovers: tuple[Leftover, ...]
) -> Result:
    """What was reached before the supervisor died. A process that still ran then has failed."""
    events = list(read_events(folder))
    states: dict[str, Event] = {}
    steps: dict[tuple[str, int], Event] = {}
    rounds: set[int] = set()
    for event in events:
        if event.kind == "process" and event.process:
            states[event.process] = event
        elif event.kind == "step" and event.process:
            steps[event.process, int(event.data["index"])] = event
        elif event.kind == "round" and event.data["phase"] == "done":
            rounds.add(int(event.data["round"]))
    finals = {row.name: row.value for row in read_metrics(folder) if row.scope == "global"}
    last = events[-1].t if events else time.time()
    clock = time.strftime("%H:%M:%S", time.localtime(last))
    first = events[0].t if events else last
    verdict = Verdict.LEFTOVERS if leftovers else Verdict.FAILED
    ended = left_running(leftovers) or "everything it had started was ended"
    return Result(
        recipe=plan.recipe,
        run=plan.run,
        folder=str(folder),
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        reason=f"{reason} after {clock}; {ended}",
        rounds_done=len(rounds),
        rounds_planned=plan.success.rounds,
        metrics=finals,
        processes=tuple(_process(plan, index, states) for index in range(len(plan.processes))),
        steps=tuple(_step(event) for event in steps.values()),
        leftovers=leftovers,
        duration_s=round(time.time() - first, 3),
        engine_lost=True,
    )


def _process(plan: LaunchPlan, index: int, states: dict[str, Event]) -> ProcessResult:
    process = plan.processes[index]
    event = states.get(process.name)
    state = ProcessState(event.data["state"]) if event else ProcessState.SKIPPED
    if state.alive:
        state = ProcessState.FAILED
    elif state is ProcessState.PENDING:
        state = ProcessState.SKIPPED
    data = event.data if event else {}
    return ProcessResult(
        name=process.name,
        role=process.role,
        state=state.value,
        exit_code=data.get("exit_code"),
        signal=data.get("signal"),
        cpu_s=0.0,
        max_rss_mb=0.0,
        log=f"logs/{process.name}.log",
    )


def _step(event: Event) -> StepResult:
    state = str(event.data["state"])
    over = state in ("done", "skipped", "timeout", "unanswered", "failed")
    return StepResult(
        str(event.process), str(event.data["step"]), state if over else "failed", event.data.get("by")
    )
