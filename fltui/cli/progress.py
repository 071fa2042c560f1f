"""What a run's rows say to somebody who watches it scroll by: lines worth keeping, and one live line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fltui.cli.wording import clock_text, counted, plain
from fltui.facts.names import some
from fltui.facts.numbers import number_text
from fltui.facts.records import Event, Metric, Resource
from fltui.facts.state import RunState
from fltui.record.snapshot import fold
from fltui.record.views import ProcessView, RunSnapshot

Row = Event | Metric | Resource

_AT_ONCE_S = 0.02
_STAGES = {"polite": "asked to end", "term": "SIGTERM", "group": "SIGTERM to its group", "kill": "SIGKILL"}


class Line(NamedTuple):
    """`tone`: good, wait (somebody should look), bad or None. `t`: of the row that it tells, Unix seconds."""

    text: str
    tone: str | None = None
    t: float = 0.0


def lines_of(rows: Iterable[Row], before: RunSnapshot) -> tuple[RunSnapshot, list[Line]]:
    """The snapshot after `rows`, and the lines that they deserve. Global metrics of one round share
    a line, whatever clients measured in between."""
    snapshot, lines, waiting = before, list[Line](), list[Metric]()
    for row in rows:
        snapshot = fold(snapshot, row)
        measured = row if isinstance(row, Metric) and row.scope == "global" else None
        if waiting and (isinstance(row, Event) or (measured and measured.round != waiting[0].round)):
            lines.append(_metrics(waiting))
            waiting = []
        if measured:
            waiting.append(measured)
        elif isinstance(row, Event):
            make = _MAKERS.get(row.kind)
            line = make(row, snapshot) if make else None
            lines += [line._replace(t=row.t)] if line else []
    return snapshot, lines + ([_metrics(waiting)] if waiting else [])


def _metrics(rows: list[Metric]) -> Line:
    values = ", ".join(f"{row.name} {number_text(row.value)}" for row in rows)
    where = f"round {rows[0].round}: " if rows[0].round is not None else ""
    return Line(f"{where}global {values}", "good", rows[0].t)


def live_line(snapshot: RunSnapshot, now: float) -> str:
    """`00:12  round 2 of 3  3 of 3 clients  accuracy 0.875  waiting for server`. `now`: Unix seconds."""
    parts = [clock_text(now - (snapshot.started_at or now))]
    said = awaited(snapshot)
    if prepared := said and said == _prepared(snapshot):
        parts.append(said)  # before what says only that nothing has begun, and is cut where there is no room
    if snapshot.rounds_planned is not None:
        parts.append(_round_text(snapshot))
    if snapshot.clients_planned is not None:
        parts.append(f"{snapshot.clients_connected or 0} of {counted(snapshot.clients_planned, 'client')}")
    if "accuracy" in snapshot.finals:
        parts.append(f"accuracy {number_text(snapshot.finals['accuracy'])}")
    if not prepared:
        parts.append(said)
    return "  ".join(part for part in parts if part)


def awaited(snapshot: RunSnapshot) -> str:
    """What the run waits for, in words; empty when nothing is worth a word."""
    views = list(snapshot.processes.values())
    if snapshot.state is RunState.STOPPING:
        busy = [_stop_text(view) for view in views if view.state.alive]
        return f"stopping: waiting for {some(busy)}" if busy else "stopping"
    if asking := snapshot.asking:
        return f"{asking[0].process} waits for you: {asking[0].name}"
    if snapshot.stall:
        return f"stalled: {plain(snapshot.stall)}"
    starting = [view.name for view in views if view.state == "running"]
    waiting = [step for step in snapshot.all_steps if step.state == "waiting"]
    if waiting:
        seen = f" ({waiting[0].found or 0} of {waiting[0].count})" if (waiting[0].count or 1) > 1 else ""
        return f"{waiting[0].process} waits for {waiting[0].name}{seen}"
    if typing := [view.name for view in views if view.waiting]:
        return f"{some(typing)} waits for input"
    return _prepared(snapshot) or (f"{some(starting)} not ready yet" if starting else "")


def _prepared(snapshot: RunSnapshot) -> str:
    """`prepare: embedding: 4,096 of 67,349 sentences`; empty once a round has begun."""
    told = [(view.name, view.progress.text) for view in snapshot.preparing if view.progress is not None]
    return f"{told[-1][0]}: {plain(told[-1][1])}" if told else ""


def _round_text(snapshot: RunSnapshot) -> str:
    number = snapshot.round_now if snapshot.round_now is not None else snapshot.rounds_done
    return f"round {max(number, snapshot.rounds_done)} of {snapshot.rounds_planned}"


def _stop_text(view: ProcessView) -> str:
    stage = f" ({_STAGES.get(view.stop_stage, view.stop_stage)})" if view.stop_stage else ""
    return f"{view.name}{stage}"


def _process(event: Event, after: RunSnapshot) -> Line | None:
    data, state = event.data, event.data.get("state")
    name, reason = event.process, plain(str(event.data.get("reason") or ""))
    because = f": {reason}" if reason else ""
    if state == "running":
        again = f", start {data['incarnation']}" if data.get("incarnation", 1) > 1 else ""
        return Line(f"{name} started (pid {data.get('pid')}{again})")
    if state == "ready":
        view = after.processes[name or ""]
        # Without readiness checks a process is ready as it starts; that is no news.
        checked = (view.ready_at or 0.0) - (view.started_at or 0.0) > _AT_ONCE_S
        return Line(f"{name} ready", "good") if checked else None
    if state in ("done", "stopped"):
        return Line(f"{name} {after.processes[name or ''].word}")
    if state == "failed":
        return Line(f"{name} failed{_ending(event)}{because}", "bad")
    if state == "pending" and data.get("incarnation", 0) > 0:
        return Line(f"{name} will be started again{because}", "wait")
    return None


def _ending(event: Event) -> str:
    if event.data.get("signal"):
        return f" (killed by {event.data['signal']})"
    code = event.data.get("exit_code")
    return "" if code is None else f" (exit code {code})"


def _step(event: Event, after: RunSnapshot) -> Line | None:
    data, who = event.data, f"{event.process}: {event.data.get('step')}"
    state, by = data.get("state"), data.get("by")
    if state == "done":
        return Line(f"{who} done" + (f" by {by}" if by not in (None, "recipe") else ""))
    if state == "asking":
        return Line(f"{who} waits for a person", "wait")
    if state in ("timeout", "failed", "unanswered"):
        return Line(f"{who}: {'timed out' if state == 'timeout' else state}", "bad")
    return Line(f"{who} skipped", "wait") if state == "skipped" else None


def _run(event: Event, after: RunSnapshot) -> Line | None:
    # Why it is stalled is also a note; a line without a reason would only repeat that.
    reason = plain(str(event.data.get("reason") or ""))
    return Line(f"stalled: {reason}", "wait") if event.data.get("state") == "stalled" and reason else None


def _round(event: Event, after: RunSnapshot) -> Line | None:
    if event.data.get("phase") != "started":
        return None
    planned = f" of {after.rounds_planned}" if after.rounds_planned is not None else ""
    return Line(f"round {event.data.get('round')}{planned} started")


def _clients(event: Event, after: RunSnapshot) -> Line | None:
    planned = event.data.get("planned")
    connected = event.data.get("connected")
    return Line(
        f"{connected} of {counted(planned, 'client')} connected" if planned else f"{connected} connected"
    )


def _note(event: Event, after: RunSnapshot) -> Line | None:
    tone = {"warning": "wait", "error": "bad"}.get(str(event.data.get("level")))
    return Line(plain(str(event.data.get("text"))), tone)


def _loss(event: Event, after: RunSnapshot) -> Line | None:
    lost, file = int(event.data.get("bytes") or 0), str(event.data.get("file"))
    if after.lost.get(file) != lost:
        return None  # it was said when it began, and the verdict has the total
    return Line(f"the disk is full: {plain(file)} is losing what should be in it", "bad")


def _stop(event: Event, after: RunSnapshot) -> Line | None:
    reason = plain(str(event.data.get("reason") or ""))
    return Line(f"stopping: {reason}" if reason else "stopping", None)


def _signal(event: Event, after: RunSnapshot) -> Line | None:
    if event.data.get("stage") not in ("group", "kill"):
        return None
    left = int(event.data.get("survivors") or 0)
    still = f"; {counted(left, 'process', 'processes')} still there" if left else ""
    return Line(f"{event.process}: {_STAGES[str(event.data['stage'])]}{still}", "wait")


def _left(event: Event, after: RunSnapshot) -> Line | None:
    left = [f"pid {item.pid} ({plain(item.command)})" for item in after.leftovers]
    return Line(f"could not be ended: {', '.join(left)}", "bad") if left else None


_MAKERS = {
    "process": _process,
    "step": _step,
    "run": _run,
    "round": _round,
    "clients": _clients,
    "note": _note,
    "loss": _loss,
    "stop": _stop,
    "signal": _signal,
    "left": _left,
}
