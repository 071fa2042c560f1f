"""Claims about what a run's rows say, and about the one live line."""

from __future__ import annotations

import io
from typing import Any

from fltui.cli.progress import awaited, lines_of, live_line
from fltui.cli.stderr_lines import StderrLines
from fltui.facts.records import Event, Metric
from fltui.record.snapshot import begin, fold_all
from fltui.record.views import RunSnapshot

PLAN = {
    "recipe": "digits/flower",
    "run": "run-1",
    "processes": [
        {"name": "server", "role": "server", "steps": [{"kind": "send", "name": "train", "text": "TRAIN"}]},
        {"name": "client-1", "role": "client", "group": "client"},
    ],
    "success": {"rounds": 3},
    "watch": {"clients_planned": 2},
}
START = Event(100.0, "start", None, {"pid": 1})


def told(*rows: Event | Metric) -> list[str]:
    return [line.text for line in lines_of(rows, begin({"plan": PLAN}))[1]]


def after(*rows: Event | Metric) -> RunSnapshot:
    return fold_all(begin({"plan": PLAN}), [START, *rows])


def process(state: str, t: float = 101.0, name: str = "server", **data: Any) -> Event:
    return Event(t, "process", name, {"state": state, "incarnation": 1, **data})


def test_global_metrics_of_a_round_share_a_line_and_local_ones_are_not_told() -> None:
    rows = [
        Metric(1.0, 1, "evaluate", "global", "accuracy", 0.8444),
        Metric(1.0, 2, "client-1", "client", "loss", 0.3),
        Metric(1.0, 1, "evaluate", "global", "loss", 0.5),
        Metric(2.0, 2, "evaluate", "global", "accuracy", float("nan")),
    ]
    assert told(*rows) == ["round 1: global accuracy 0.844, loss 0.500", "round 2: global accuracy nan"]


def test_every_line_has_the_time_of_its_row_however_many_come_at_once() -> None:
    rows = [
        process("running", 103.0, pid=7),
        Metric(104.0, 1, "evaluate", "global", "accuracy", 0.5),
        Metric(104.5, 1, "evaluate", "global", "loss", 0.5),
        process("done", 109.0),
    ]
    assert [line.t for line in lines_of(rows, begin({"plan": PLAN}))[1]] == [103.0, 104.0, 109.0]


def test_a_death_says_how_and_why() -> None:
    assert told(
        process("running", pid=7), process("failed", signal="SIGSEGV", reason="was killed by SIGSEGV")
    ) == [
        "server started (pid 7)",
        "server failed (killed by SIGSEGV): was killed by SIGSEGV",
    ]


def test_of_a_full_disk_each_file_is_told_once() -> None:
    def loss(file: str, size: int) -> Event:
        return Event(102.0, "loss", None, {"bytes": size, "file": file})

    seconds = [loss("resources.jsonl", 93) for _ in range(39)]
    assert told(seconds[0], loss("logs/a.log", 4096), *seconds, loss("logs/a.log", 4096)) == [
        "the disk is full: resources.jsonl is losing what should be in it",
        "the disk is full: logs/a.log is losing what should be in it",
    ]


def test_who_was_stopped_is_not_called_done() -> None:
    assert told(process("done", exit_code=0)) == ["server done"]
    assert told(process("stopped", signal="SIGTERM")) == ["server stopped"]


def test_ready_is_told_only_where_something_was_checked() -> None:
    assert told(process("running", 101.0, pid=7), process("ready", 101.001)) == ["server started (pid 7)"]
    assert told(process("running", 101.0, pid=7), process("ready", 102.0))[-1] == "server ready"


def test_text_of_children_cannot_command_the_terminal() -> None:
    hostile = "bad \x1b]0;title\x07\x1b[2J\r\x00thing"
    assert told(Event(1.0, "note", "server", {"text": hostile, "level": "warning"})) == ["thing"]
    assert told(process("failed", reason="\x1b[31mred"))[0] == "server failed: red"


def test_the_live_line_has_time_round_clients_and_accuracy() -> None:
    snapshot = after(
        Event(101.0, "round", None, {"round": 2, "phase": "started"}),
        Event(101.0, "clients", None, {"connected": 1, "planned": 2}),
        Metric(102.0, 1, "evaluate", "global", "accuracy", 0.875),
    )
    assert live_line(snapshot, 165.0) == "01:05  round 2 of 3  1 of 2 clients  accuracy 0.875"


def test_the_live_line_begins_with_a_preparation_until_a_round_begins() -> None:
    rows = [
        process("running", pid=7),
        process("ready", 101.0),
        Event(
            102.0, "progress", "server", {"text": "embedding 4,096 of 67,349", "done": 4096, "total": 67349}
        ),
    ]
    told = live_line(after(*rows), 165.0)
    assert told == "01:05  server: embedding 4,096 of 67,349  round 0 of 3  0 of 2 clients"
    began = Event(103.0, "round", None, {"round": 1, "phase": "started"})
    assert live_line(after(*rows, began), 165.0) == "01:05  round 1 of 3  0 of 2 clients"
    asking = Event(102.0, "step", "server", {"step": "train", "index": 0, "kind": "send", "state": "asking"})
    assert live_line(after(*rows, asking), 165.0).endswith("0 of 2 clients  server waits for you: train")


def test_what_is_awaited_is_said_most_urgent_first() -> None:
    running = process("running", pid=7)
    assert awaited(after(running)) == "server not ready yet"
    asking = Event(102.0, "step", "server", {"step": "train", "index": 0, "kind": "send", "state": "asking"})
    assert awaited(after(running, asking)) == "server waits for you: train"
    stopping = [
        Event(103.0, "run", None, {"state": "stopping"}),
        process("stopping", 103.0),
        Event(103.0, "signal", "server", {"stage": "group", "signal": "SIGTERM", "survivors": 2}),
    ]
    assert awaited(after(running, asking, *stopping)) == "stopping: waiting for server (SIGTERM to its group)"


def lines(live: bool = True, width: int = 20) -> tuple[StderrLines, io.StringIO]:
    stream = io.StringIO()
    return StderrLines(stream, live=live, colour=False, width=lambda: width), stream


def test_lines_that_stay_push_the_live_line_down() -> None:
    shown, stream = lines()
    shown.show("00:01")
    shown.say_all([("one", None), ("two", "bad")])
    shown.close()
    assert stream.getvalue() == "\r\x1b[K00:01\r\x1b[Kone\ntwo\n00:01\r\x1b[K"


def test_an_unchanged_live_line_costs_nothing() -> None:
    shown, stream = lines()
    for _ in range(100):
        shown.show("the same")
    assert stream.getvalue() == "\r\x1b[Kthe same"


def test_the_live_line_is_cut_before_the_last_column() -> None:
    shown, stream = lines(width=10)
    shown.show("x" * 50)
    assert stream.getvalue() == "\r\x1b[K" + "x" * 9


def test_without_a_terminal_there_are_only_lines_that_stay() -> None:
    shown, stream = lines(live=False)
    shown.show("00:01")
    shown.say("one", "bad")
    shown.show("00:02")
    shown.close()
    assert stream.getvalue() == "one\n"


def test_a_question_stays_below_what_is_told_meanwhile() -> None:
    shown, stream = lines()
    shown.show("00:01")
    shown.ask("Which? ")
    shown.show("00:02")
    shown.say("news")
    shown.answered()
    assert stream.getvalue() == "\r\x1b[K00:01\r\x1b[KWhich? \r\x1b[Knews\nWhich? 00:02"


def test_an_encoding_that_lacks_a_letter_loses_the_letter_and_not_the_run() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    StderrLines(stream, live=False, colour=False).say("Größe")
    assert raw.getvalue() == b"Gr??e\n"
