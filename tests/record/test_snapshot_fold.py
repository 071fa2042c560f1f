"""A run as its rows tell it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from fltui.facts.codec import to_json
from fltui.facts.records import EVENT_KINDS, Event, Metric, Resource
from fltui.facts.state import ProcessState, RunState
from fltui.facts.verdict import Leftover, ProcessResult, Result, StepResult, Verdict
from fltui.record.reader import RunFolderError
from fltui.record.snapshot import RunSnapshot, begin, fold, fold_all, snapshot_of
from fltui.record.writer import RunWriter


@pytest.fixture
def planned(manifest: dict[str, Any]) -> RunSnapshot:
    return begin(manifest)


def process(t: float, name: str, state: str, **data: Any) -> Event:
    return Event(t, "process", name, {"state": state, **data})


def test_before_its_first_row_a_run_is_what_the_plan_says(planned: RunSnapshot) -> None:
    assert (planned.recipe, planned.rounds_planned, planned.clients_planned) == ("digits/flower", 3, 1)
    assert [(view.name, view.role, view.state) for view in planned.processes.values()] == [
        ("server", "server", ProcessState.PENDING),
        ("client-1", "client", ProcessState.PENDING),
    ]
    assert [(step.name, step.state, step.count) for step in planned.all_steps] == [
        ("up", "pending", 2),
        ("go", "pending", None),
    ]
    assert planned.state is RunState.STARTING
    assert planned.verdict is None


def test_a_process_goes_through_its_life(planned: RunSnapshot) -> None:
    rows = [
        process(1.0, "server", "running", incarnation=1, pid=77),
        process(2.0, "server", "ready", incarnation=1),
        Event(2.5, "hint", "server", {"waiting": True, "prompt": "name: "}),
    ]
    view = fold_all(planned, rows).processes["server"]
    assert (view.state, view.pid, view.started_at, view.ready_at) == (ProcessState.READY, 77, 1.0, 2.0)
    assert (view.waiting, view.prompt) == (True, "name: ")
    rows += [
        process(3.0, "server", "stopping", incarnation=1),
        Event(3.0, "signal", "server", {"stage": "term", "signal": "SIGTERM", "survivors": 4}),
    ]
    view = fold_all(planned, rows).processes["server"]
    assert (view.stop_stage, view.survivors) == ("term", 4)
    rows.append(process(4.0, "server", "failed", incarnation=1, signal="SIGKILL", reason="was killed"))
    view = fold_all(planned, rows).processes["server"]
    assert (view.state, view.signal, view.reason) == (ProcessState.FAILED, "SIGKILL", "was killed")
    assert (view.ended_at, view.waiting, view.prompt, view.stop_stage) == (4.0, False, None, None)
    assert (view.role, view.log) == ("server", "logs/server.log")


def test_a_restart_begins_a_new_incarnation_and_its_dialogue(planned: RunSnapshot) -> None:
    step = {"step": "up", "index": 0, "kind": "wait"}
    rows = [
        process(1.0, "client-1", "running", incarnation=1, pid=10),
        Event(1.5, "step", "client-1", {**step, "state": "done", "by": "recipe", "found": 2}),
        process(2.0, "client-1", "failed", incarnation=1, exit_code=3),
        process(2.0, "client-1", "pending", incarnation=1),
    ]
    snapshot = fold_all(planned, rows)
    assert snapshot.processes["client-1"].exit_code is None
    assert [s.state for s in snapshot.steps["client-1"]] == ["pending", "pending"]
    again = fold(snapshot, process(3.0, "client-1", "running", incarnation=2, pid=11))
    view = again.processes["client-1"]
    assert (view.incarnation, view.pid, view.started_at, view.ended_at) == (2, 11, 3.0, None)


def test_steps_say_who_is_waited_for(planned: RunSnapshot) -> None:
    def step(t: float, index: int, state: str, **data: Any) -> Event:
        name = ("up", "go")[index]
        return Event(t, "step", "client-1", {"step": name, "index": index, "state": state, **data})

    snapshot = fold_all(
        planned, [step(1.0, 0, "waiting", found=1, count=2), step(2.0, 0, "done", by="recipe")]
    )
    assert snapshot.asking == []
    snapshot = fold(snapshot, step(3.0, 1, "asking", text="TRAIN"))
    (asked,) = snapshot.asking
    assert (asked.name, asked.since, asked.why, asked.mode, asked.over) == (
        "go",
        3.0,
        "begin",
        "confirm",
        False,
    )
    snapshot = fold(snapshot, step(9.0, 1, "done", by="person"))
    assert [(s.state, s.by) for s in snapshot.all_steps] == [("done", "recipe"), ("done", "person")]
    assert snapshot.asking == []


def test_a_step_that_no_plan_named_is_shown_too(planned: RunSnapshot) -> None:
    row = Event(1.0, "step", "server", {"step": "extra", "index": 0, "kind": "ask", "state": "asking"})
    assert [step.name for step in fold(planned, row).asking] == ["extra"]


def test_rounds_and_clients_are_counted(planned: RunSnapshot) -> None:
    rows = [
        Event(1.0, "clients", None, {"connected": 1, "planned": 3}),
        Event(2.0, "round", None, {"round": 1, "phase": "started"}),
        Event(3.0, "round", None, {"round": 1, "phase": "done"}),
        Event(3.5, "round", None, {"round": 2, "phase": "started"}),
    ]
    snapshot = fold_all(planned, rows)
    assert (snapshot.rounds_done, snapshot.round_now) == (1, 2)
    assert (snapshot.clients_connected, snapshot.clients_planned) == (1, 3)
    assert [tuple(phase) for phase in snapshot.rounds] == [
        (2.0, 1, "started"),
        (3.0, 1, "done"),
        (3.5, 2, "started"),
    ]


def test_metrics_are_asked_for_by_scope_name_and_client(planned: RunSnapshot) -> None:
    rows = [
        Metric(1.0, 1, "evaluate", "global", "accuracy", 0.5),
        Metric(1.0, 1, "client-1", "client", "accuracy", 0.9),
        Metric(2.0, 2, "evaluate", "global", "accuracy", 0.6),
        Metric(2.5, 2, "evaluate", "global", "accuracy", 0.7),
        Metric(3.0, None, "client-1", "client", "accuracy", 0.1),
        Metric(3.0, 2, "client-2", "client", "loss", 2.0),
    ]
    snapshot = fold_all(planned, rows)
    assert snapshot.global_metric("accuracy") == [(1, 0.5), (2, 0.7)]
    assert snapshot.client_metric("accuracy", "client-1") == [(1, 0.9)]
    assert snapshot.client_metric("accuracy", "client-2") == []
    assert snapshot.finals == {"accuracy": 0.7}


def test_usage_belongs_to_processes_and_a_gpu_that_disappeared_is_not_shown(planned: RunSnapshot) -> None:
    rows = [
        Resource(10.0, process="server", cpu_percent=50.0, cpu_s=1.0, rss_mb=100.0, processes=2),
        Resource(10.0, process="client-1", cpu_percent=150.0, rss_mb=40.0, gpu_memory_mb=900.0),
        Resource(10.0, gpu="0", utilisation=80.0),
        Resource(10.0, gpu="1", utilisation=70.0),
        Resource(16.0, process="server", cpu_percent=0.0, cpu_s=1.0, rss_mb=60.0, processes=1),
        Resource(16.0, gpu="0", utilisation=20.0),
    ]
    snapshot = fold_all(planned, rows)
    assert (snapshot.cpu_percent, snapshot.rss_mb) == (150.0, 100.0)
    assert snapshot.processes["server"].max_rss_mb == 100.0
    assert snapshot.processes["client-1"].gpu_memory_mb == 900.0
    assert [(row.gpu, row.utilisation) for row in snapshot.gpus] == [("0", 20.0)]


def test_a_stall_carries_its_diagnosis_until_it_is_over(planned: RunSnapshot) -> None:
    rows = [
        Event(1.0, "run", None, {"state": "running"}),
        Event(
            2.0, "note", None, {"text": "no progress for 60 s; 2 of 3 clients connected", "level": "warning"}
        ),
        Event(2.0, "run", None, {"state": "stalled"}),
    ]
    snapshot = fold_all(planned, rows)
    assert snapshot.state is RunState.STALLED
    assert snapshot.stall == "no progress for 60 s; 2 of 3 clients connected"
    assert fold(snapshot, Event(3.0, "run", None, {"state": "running"})).stall is None


def test_the_end_has_the_last_word(planned: RunSnapshot, result: Callable[..., Result]) -> None:
    rows = [
        Event(5.0, "start", None, {"pid": 1, "guard": 2}),
        process(6.0, "server", "running", incarnation=1, pid=7),
        Resource(7.0, process="server", cpu_percent=3.0, rss_mb=10.0),
        Event(8.0, "stop", None, {"by": "person", "reason": "enough"}),
        Event(8.0, "loss", None, {"bytes": 10, "file": "logs/server.log"}),
        Event(8.5, "left", "server", {"leftovers": [{"pid": 9, "command": "sleep"}]}),
    ]
    before = fold_all(planned, rows)
    assert before.leftovers == (Leftover(9, "sleep"),)
    assert (before.stop_by, before.stop_reason, before.lost) == ("person", "enough", {"logs/server.log": 10})
    ended = result(
        verdict=Verdict.LEFTOVERS,
        exit_code=5,
        reason="1 process is left",
        rounds_done=2,
        metrics={"accuracy": float("nan")},
        processes=(
            ProcessResult("server", "server", "failed", None, "SIGKILL", 4.5, 20.0, "logs/server.log"),
        ),
        steps=(StepResult("client-1", "up", "timeout", None),),
        leftovers=(Leftover(9, "sleep"),),
    )
    after = fold(before, Event(10.0, "end", None, to_json(ended)))
    assert (after.state, after.ended, after.verdict) == (RunState.ENDED, True, Verdict.LEFTOVERS)
    assert after.started_at == 5.0
    assert after.ended_at == 10.0
    assert after.rounds_done == 2
    view = after.processes["server"]
    assert (view.state, view.signal, view.ended_at) == (ProcessState.FAILED, "SIGKILL", 10.0)
    assert (view.cpu_s, view.max_rss_mb, view.cpu_percent) == (4.5, 20.0, None)
    assert after.processes["client-1"].state is ProcessState.PENDING
    assert [step.state for step in after.steps["client-1"]] == ["timeout", "pending"]
    assert after.leftovers == (Leftover(9, "sleep"),)


def test_the_end_that_another_version_wrote_is_still_a_verdict(planned: RunSnapshot) -> None:
    data = {"verdict": "stalled", "exit_code": 1, "reason": "silence", "novelty": True, "rounds_done": 2}
    snapshot = fold(planned, Event(1.0, "end", None, data))
    assert (snapshot.verdict, snapshot.reason, snapshot.rounds_done) == (Verdict.STALLED, "silence", 2)
    odd = fold(planned, Event(1.0, "end", None, {"verdict": "marvellous", "reason": "?"}))
    assert odd.verdict is Verdict.FAILED


def test_rows_that_a_newer_version_wrote_change_nothing_else(planned: RunSnapshot) -> None:
    after = fold(planned, Event(4.0, "novelty", "server", {"what": 1}))
    after = fold(after, process(5.0, "server", "levitating"))
    assert after.t == 5.0
    assert after.processes["server"].state is ProcessState.PENDING


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_without_any_data_is_survived(planned: RunSnapshot, kind: str) -> None:
    assert fold(planned, Event(1.0, kind)).t == 1.0


def test_folding_changes_no_snapshot_that_somebody_holds(
    planned: RunSnapshot, result: Callable[..., Result]
) -> None:
    rows = [
        process(1.0, "server", "running", pid=5),
        Metric(1.0, 1, "evaluate", "global", "accuracy", 0.5),
        Event(1.0, "step", "client-1", {"step": "up", "index": 0, "state": "done"}),
        Event(1.0, "note", None, {"text": "hello"}),
        Event(1.0, "mark", None, {"text": "here", "by": "me"}),
        Event(1.0, "round", None, {"round": 1, "phase": "done"}),
        Resource(1.0, process="server", rss_mb=1.0),
        Resource(1.0, gpu="0", watts=1.0),
        Event(2.0, "end", None, to_json(result())),
    ]
    held = [planned]
    copies = [copy.deepcopy(planned)]
    for row in [*rows, *rows]:
        held.append(fold(held[-1], row))
        copies.append(copy.deepcopy(held[-1]))
        fold(planned, row)
    assert held == copies


def test_a_folder_is_folded_from_its_files(writer: RunWriter, result: Callable[..., Result]) -> None:
    writer.event("start", pid=1, guard=2)
    writer.event("process", "server", state="running", incarnation=1, pid=5)
    writer.metric(Metric(writer.clock(), 1, "evaluate", "global", "accuracy", 0.5))
    live = snapshot_of(writer.folder)
    assert (live.recipe, live.supervisor_pid, live.global_metric("accuracy")) == (
        "digits/flower",
        1,
        [(1, 0.5)],
    )
    writer.end(result())
    assert snapshot_of(writer.folder).verdict is Verdict.OK


def test_a_folder_without_a_run_is_a_sentence(tmp_path: Any) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        snapshot_of(tmp_path)
