"""Runs that lost supervisor and guard at once (a killed session, a crashed machine) and so their end.

Nobody stopped their processes and nobody wrote their verdict; this does both, from outside.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from fltui.facts.verdict import EXIT_CODES, Leftover, ProcessResult, Result, StepResult, Verdict
from fltui.probe.ending import end_all, living_of
from fltui.record import lock, socket_path
from fltui.record.snapshot import snapshot_of
from fltui.record.views import ProcessView, RunSnapshot
from fltui.record.writer import RunWriter


def left_of(run: str) -> list[Leftover]:
    """The living processes of `run`, wherever they are, found by FLTUI_RUN in their environment."""
    return list(living_of(run).leftovers())


def end_left(run: str) -> tuple[Leftover, ...]:
    """Ends the living processes of a run that has no engine; returns those that could not be ended."""
    return end_all(lambda: living_of(run))


def close_crashed(folder: Path) -> Result:
    """Ends what a dead run left and writes its end. Returns the end that is there if one is.

    Raises RunOwnedError when the run lives after all.
    """
    held = lock.hold(folder)
    try:
        snapshot = snapshot_of(folder)
        if snapshot.result is not None:
            return snapshot.result
        leftovers = end_left(snapshot.run)
        shutil.rmtree(folder / "secrets", ignore_errors=True)
        writer = RunWriter.reopen(folder)
        result = _result(folder, snapshot, leftovers, writer.disk_full)
        writer.end(result)
        writer.close()
        socket_path.remove(folder)
        return result
    finally:
        os.close(held)


def _result(folder: Path, snapshot: RunSnapshot, leftovers: tuple[Leftover, ...], disk_full: bool) -> Result:
    """On a full disk nobody can know whether the engine was lost, or only what it wrote at the end."""
    last = time.strftime("%H:%M:%S", time.localtime(snapshot.t)) if snapshot.t else "an unknown time"
    verdict = Verdict.LEFTOVERS if leftovers else Verdict.FAILED
    if disk_full:
        reason = f"the disk of the run folder is full: what happened after {last} is not recorded"
    else:
        reason = f"the engine was killed or the machine went down after {last}; the run has no end of its own"
    return Result(
        recipe=snapshot.recipe,
        run=snapshot.run,
        folder=str(folder),
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        reason=reason,
        rounds_done=snapshot.rounds_done,
        rounds_planned=snapshot.rounds_planned,
        metrics=dict(snapshot.finals),
        processes=tuple(_process(view) for view in snapshot.processes.values()),
        steps=tuple(
            StepResult(step.process, step.name, step.state if step.over else "failed", step.by)
            for step in snapshot.all_steps
            if step.state != "pending"
        ),
        leftovers=leftovers,
        duration_s=round(max(0.0, snapshot.t - (snapshot.started_at or snapshot.t)), 3),
        engine_lost=not disk_full,
    )


def _process(view: ProcessView) -> ProcessResult:
    if view.state.ended:
        state = view.state.value
    else:
        state = "failed" if view.state.alive else "skipped"
    return ProcessResult(
        name=view.name,
        role=view.role,
        state=state,
        exit_code=view.exit_code,
        signal=view.signal,
        cpu_s=round(view.cpu_s or 0.0, 2),
        max_rss_mb=round(view.max_rss_mb or 0.0, 1),
        log=view.log,
    )
