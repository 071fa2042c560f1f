"""A run as it stands, folded from its rows: what `fltui ps`, the progress line and the app show.

`begin(manifest)` is the run before its first row, `fold(snapshot, row)` after one more. Both are
pure; rows of unknown kinds (a newer fltui wrote them) change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fltui.facts.codec import CodecError, from_json
from fltui.facts.records import Event, Metric, Resource
from fltui.facts.state import ProcessState, RunState
from fltui.facts.verdict import EXIT_CODES, Leftover, Result, Verdict
from fltui.record.history import History
from fltui.record.reader import Follower, read_manifest
from fltui.record.views import (
    Headway,
    Mark,
    Note,
    Point,
    ProcessView,
    RoundPhase,
    RunSnapshot,
    Series,
    StepView,
)

__all__ = [
    "ProcessView",
    "RunSnapshot",
    "StepView",
    "begin",
    "fold",
    "fold_all",
    "read_result",
    "snapshot_of",
]

Row = Event | Metric | Resource


def begin(manifest: Mapping[str, Any]) -> RunSnapshot:
    """The snapshot before the first row: what the plan says will happen."""
    plan = manifest.get("plan") or {}
    watch = plan.get("watch") or {}
    processes: dict[str, ProcessView] = {}
    steps: dict[str, tuple[StepView, ...]] = {}
    for process in plan.get("processes", ()):
        name = process["name"]
        processes[name] = ProcessView(
            name,
            process.get("role", ""),
            process.get("group", name),
            gpus=tuple(process.get("on_gpus") or ()),
        )
        if process.get("steps"):
            steps[name] = tuple(_planned(name, index, step) for index, step in enumerate(process["steps"]))
    return RunSnapshot(
        run=plan.get("run") or "",
        recipe=plan.get("recipe") or "",
        processes=processes,
        steps=steps,
        step_mode=bool(plan.get("step_mode")),
        rounds_planned=(plan.get("success") or {}).get("rounds"),
        clients_planned=watch.get("clients_planned"),
        patience_s=watch.get("stall_s") if manifest.get("headless") else None,
    )


def _planned(process: str, index: int, step: Mapping[str, Any]) -> StepView:
    return StepView(
        process,
        step["name"],
        index,
        step["kind"],
        mode=step.get("mode", "auto"),
        text=None if step.get("secret") else step.get("text"),
        question=step.get("question"),
        why=step.get("why") or None,
        line=step.get("line") or step.get("until"),
        count=step.get("count") if step.get("line") else None,
    )


def snapshot_of(folder: Path) -> RunSnapshot:
    """A run as it stands in its folder. Raises RunFolderError when there is none."""
    return fold_all(begin(read_manifest(folder)), Follower(folder, recent_resources=True).poll())


def fold_all(snapshot: RunSnapshot, rows: Iterable[Row]) -> RunSnapshot:
    """`fold` over many rows."""
    for row in rows:
        snapshot = fold(snapshot, row)
    return snapshot


def fold(snapshot: RunSnapshot, row: Row) -> RunSnapshot:
    """The snapshot after one more row."""
    if isinstance(row, Metric):
        return _metric(snapshot, row)
    if isinstance(row, Resource):
        return _resource(snapshot, row)
    act = _EVENTS.get(row.kind)
    changed = act(snapshot, row) if act else snapshot
    return _with(changed, t=max(snapshot.t, row.t))


def _with(snapshot: RunSnapshot, **changes: Any) -> RunSnapshot:
    """dataclasses.replace without its checks: a fold is done for each of many thousand rows."""
    new = object.__new__(RunSnapshot)
    new.__dict__.update(snapshot.__dict__)
    new.__dict__.update(changes)
    return new


def _with_process(snapshot: RunSnapshot, name: str, **changes: Any) -> RunSnapshot:
    view = object.__new__(ProcessView)
    view.__dict__.update((snapshot.processes.get(name) or ProcessView(name, group=name)).__dict__)
    view.__dict__.update(changes)
    return _with(snapshot, processes={**snapshot.processes, name: view})


# -- metrics and resources ---------------------------------------------------------------------


def _metric(snapshot: RunSnapshot, row: Metric) -> RunSnapshot:
    everywhere = row.scope == "global"
    series = Series(row.scope, "" if everywhere else row.process, row.name)
    history = snapshot.metrics.get(series) or History[Point]()
    metrics = {**snapshot.metrics, series: history.added(Point(row.t, row.round, row.value))}
    finals = {**snapshot.finals, row.name: row.value} if everywhere else snapshot.finals
    return _with(snapshot, metrics=metrics, finals=finals, t=max(snapshot.t, row.t))


def _resource(snapshot: RunSnapshot, row: Resource) -> RunSnapshot:
    at = max(snapshot.resources_at, row.t)
    if row.gpu is not None:
        rows = {**snapshot.gpu_rows, row.gpu: row}
        return _with(snapshot, gpu_rows=rows, resources_at=at, t=max(snapshot.t, row.t))
    if row.process is None:
        return snapshot
    before = snapshot.processes.get(row.process)
    highest = max(row.rss_mb or 0.0, (before.max_rss_mb if before else None) or 0.0)
    changed = _with_process(
        snapshot,
        row.process,
        cpu_percent=row.cpu_percent,
        cpu_s=row.cpu_s,
        rss_mb=row.rss_mb,
        max_rss_mb=highest,
        processes=row.processes,
        gpu_memory_mb=row.gpu_memory_mb,
    )
    return _with(changed, resources_at=at, t=max(snapshot.t, row.t))


# -- events ------------------------------------------------------------------------------------


def _on_start(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    data = event.data
    return _with(snapshot, started_at=event.t, supervisor_pid=data.get("pid"))


def _on_run(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    state = _RUN_STATES.get(event.data.get("state"), snapshot.state)
    reason = event.data.get("reason")
    stall = None
    if state is RunState.STALLED:
        warnings = [note.text for note in snapshot.notes[-3:] if note.level == "warning"]
        stall = reason or (warnings[-1] if warnings else "no progress")
    stalled_at = event.t if state is RunState.STALLED else None
    return _with(snapshot, state=state, reason=reason, stall=stall, stalled_at=stalled_at)


def _on_process(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    name, data = event.process or "", event.data
    before = snapshot.processes.get(name) or ProcessView(name)
    state = _PROCESS_STATES.get(data.get("state"), before.state)
    changes: dict[str, Any] = {
        "state": state,
        "incarnation": data.get("incarnation", before.incarnation),
        "reason": data.get("reason"),
    }
    if state is ProcessState.PENDING:
        changes.update(_NOT_STARTED)
        snapshot = _steps_anew(snapshot, name)
    elif state is ProcessState.RUNNING:
        changes.update(_NOT_STARTED, pid=data.get("pid"), started_at=event.t)
    elif state is ProcessState.READY:
        changes.update(ready_at=event.t, started_at=before.started_at or event.t)
    elif state.ended:
        changes.update(_AT_REST, ended_at=event.t, exit_code=data.get("exit_code"), signal=data.get("signal"))
    if data.get("pid") is not None:
        changes["pid"] = data["pid"]
    return _with_process(snapshot, name, **changes)


def _steps_anew(snapshot: RunSnapshot, process: str) -> RunSnapshot:
    """A process that starts again begins its dialogue from the first step."""
    steps = snapshot.steps.get(process, ())
    if all(step.state == "pending" for step in steps):
        return snapshot
    anew = tuple(_changed(step, state="pending", by=None, since=None, found=None) for step in steps)
    return _with(snapshot, steps={**snapshot.steps, process: anew})


def _on_step(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    name, data = event.process or "", event.data
    steps = list(snapshot.steps.get(name, ()))
    index = data.get("index", len(steps))
    at = next((i for i, step in enumerate(steps) if step.index == index), None)
    if at is None:
        at = len(steps)
        steps.append(StepView(name, data.get("step", f"step {index + 1}"), index, data.get("kind", "")))
    known = {key: data[key] for key in _STEP_FIELDS if data.get(key) is not None}
    state = data.get("state", steps[at].state)
    since = event.t if state != steps[at].state else steps[at].since
    steps[at] = _changed(steps[at], **known, state=state, since=since)
    return _with(snapshot, steps={**snapshot.steps, name: tuple(steps)})


def _on_step_mode(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    return _with(snapshot, step_mode=bool(event.data.get("on")))


def _changed(step: StepView, **changes: Any) -> StepView:
    new = object.__new__(StepView)
    new.__dict__.update(step.__dict__)
    new.__dict__.update(changes)
    return new


def _on_hint(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    waiting = bool(event.data.get("waiting"))
    prompt = event.data.get("prompt") if waiting else None
    return _with_process(snapshot, event.process or "", waiting=waiting, prompt=prompt)


def _on_round(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    number, phase = event.data.get("round"), event.data.get("phase")
    if not isinstance(number, int):
        return snapshot
    rounds = snapshot.rounds.added(RoundPhase(event.t, number, str(phase)))
    if phase == "done":
        now = max(number, snapshot.round_now or 0)
        return _with(snapshot, rounds=rounds, rounds_done=snapshot.rounds_done + 1, round_now=now)
    return _with(snapshot, rounds=rounds, round_now=number)


def _on_clients(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    planned = event.data.get("planned")
    return _with(
        snapshot,
        clients_connected=event.data.get("connected"),
        clients_planned=snapshot.clients_planned if planned is None else planned,
    )


def _on_gpu(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    return _with(
        snapshot,
        gpu_state=str(event.data.get("state") or ""),
        gpu_text=str(event.data.get("text") or ""),
    )


def _on_note(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    note = Note(event.t, event.process, str(event.data.get("text", "")), str(event.data.get("level", "info")))
    if event.data.get("title") and event.process:
        snapshot = _with_process(snapshot, event.process, title=note.text)
    if "held" in event.data and event.process:
        snapshot = _with_process(snapshot, event.process, held=bool(event.data["held"]))
    return _with(snapshot, notes=snapshot.notes.added(note))


def _on_progress(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    data = event.data
    headway = Headway(event.t, str(data.get("text", "")), data.get("done"), data.get("total"))
    return _with_process(snapshot, event.process or "", progress=headway)


def _on_mark(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    mark = Mark(event.t, str(event.data.get("text", "")), event.data.get("by"))
    return _with(snapshot, marks=snapshot.marks.added(mark))


def _on_loss(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    file = str(event.data.get("file"))
    lost = snapshot.lost.get(file, 0) + int(event.data.get("bytes", 0))
    return _with(snapshot, lost={**snapshot.lost, file: lost})


def _on_stop(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    return _with(snapshot, stop_by=event.data.get("by"), stop_reason=event.data.get("reason"))


def _on_signal(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    survivors = event.data.get("survivors")
    count = survivors if isinstance(survivors, int) else len(survivors or ())
    return _with_process(snapshot, event.process or "", stop_stage=event.data.get("stage"), survivors=count)


def _on_left(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    fresh = (Leftover(int(left["pid"]), str(left["command"])) for left in event.data.get("leftovers", ()))
    return _with(snapshot, leftovers=snapshot.leftovers + tuple(fresh))


def _on_end(snapshot: RunSnapshot, event: Event) -> RunSnapshot:
    result = read_result(event.data)
    for ended in result.processes:
        view = snapshot.processes.get(ended.name) or ProcessView(ended.name, ended.role)
        # The verdict knows better where a crash or a full disk kept an event from the file.
        snapshot = _with_process(
            snapshot,
            ended.name,
            **_AT_REST,
            role=view.role or ended.role,
            state=_PROCESS_STATES.get(ended.state, view.state),
            exit_code=ended.exit_code,
            signal=ended.signal,
            ended_at=view.ended_at or (event.t if view.started_at else None),
            cpu_s=max(ended.cpu_s, view.cpu_s or 0.0),
            max_rss_mb=max(ended.max_rss_mb, view.max_rss_mb or 0.0),
        )
    steps = {(step.process, step.step): step for step in result.steps}
    said = {
        name: tuple(
            _changed(view, state=end.state, by=end.by) if (end := steps.get((name, view.name))) else view
            for view in views
        )
        for name, views in snapshot.steps.items()
    }
    return _with(
        snapshot,
        state=RunState.ENDED,
        reason=result.reason,
        result=result,
        stall=None,
        steps=said,
        rounds_done=max(result.rounds_done, snapshot.rounds_done),
        finals={**snapshot.finals, **result.metrics},
        leftovers=result.leftovers,
        ended_at=event.t,
    )


def read_result(data: Mapping[str, Any]) -> Result:
    """The Result in an `end` event; of one that another version wrote, what this one knows."""
    try:
        return from_json(Result, data)
    except CodecError:
        verdict = Verdict(data["verdict"]) if data.get("verdict") in set(Verdict) else Verdict.FAILED
        return Result(
            recipe=str(data.get("recipe", "")),
            run=str(data.get("run", "")),
            folder=str(data.get("folder", "")),
            verdict=verdict,
            exit_code=int(data.get("exit_code", EXIT_CODES[verdict])),
            reason=str(data.get("reason", "")),
            rounds_done=int(data.get("rounds_done", 0)),
            duration_s=float(data.get("duration_s", 0.0)),
        )


_AT_REST: dict[str, Any] = {
    "waiting": False,
    "held": False,
    "prompt": None,
    "progress": None,
    "stop_stage": None,
    "survivors": None,
    "cpu_percent": None,
    "rss_mb": None,
    "processes": None,
    "gpu_memory_mb": None,
}
_NOT_STARTED: dict[str, Any] = {
    **_AT_REST,
    "pid": None,
    "exit_code": None,
    "signal": None,
    "title": "",
    "started_at": None,
    "ready_at": None,
    "ended_at": None,
}
_STEP_FIELDS = ("by", "text", "question", "why", "line", "found", "count", "timeout_s")
_RUN_STATES: dict[Any, RunState] = {state.value: state for state in RunState}
_PROCESS_STATES: dict[Any, ProcessState] = {state.value: state for state in ProcessState}
_EVENTS: dict[str, Callable[[RunSnapshot, Event], RunSnapshot]] = {
    "start": _on_start,
    "run": _on_run,
    "process": _on_process,
    "step": _on_step,
    "step_mode": _on_step_mode,
    "hint": _on_hint,
    "round": _on_round,
    "clients": _on_clients,
    "note": _on_note,
    "progress": _on_progress,
    "gpu": _on_gpu,
    "mark": _on_mark,
    "loss": _on_loss,
    "stop": _on_stop,
    "signal": _on_signal,
    "left": _on_left,
    "end": _on_end,
}
