"""A federation from its first child to its verdict."""

from __future__ import annotations

import os
import re
import signal
import sys
import time

import psutil
from engines import Engines, program, python, sh, wait_until, watch

from fltui.facts.plan import Check, LineRule, MetricRule, Need, NoteRule, Readiness, Restart, Step, Success
from fltui.record.snapshot import snapshot_of

METRIC = '{{"metric": {{"round": {n}, "scope": "global", "accuracy": 0.{n}}}}}'
READY = Readiness((Check("log", line="listening"),), 10)


def test_one_process_that_ends_well_is_ok(engines: Engines) -> None:
    run = engines.start(sh("one", "echo hello"))
    result = run.end()
    assert (result["verdict"], result["exit_code"], result["reason"]) == (
        "ok",
        0,
        "every process ended as the recipe says",
    )
    assert run.log("one") == b"hello\n"
    assert run.states("one") == ["running", "ready", "done"]


def test_processes_start_in_the_order_of_their_needs(engines: Engines) -> None:
    run = engines.start(
        sh("client-1", "echo go", needs=(Need("server", "ready"),)),
        sh(
            "server",
            "sleep 0.3; echo listening; sleep 1",
            role="server",
            ready=READY,
            needs=(Need("prepare", "completed"),),
        ),
        sh("prepare", "sleep 0.2", role="tool"),
    )
    assert run.end()["verdict"] == "ok"
    order = [(e["process"], e["data"]["state"]) for e in run.of_kind("process")]
    assert order.index(("prepare", "done")) < order.index(("server", "running"))
    assert order.index(("server", "ready")) < order.index(("client-1", "running"))


def test_rounds_metrics_clients_and_notes_are_read_from_lines(engines: Engines) -> None:
    lines = "".join(f"[ROUND {n}]\\nsampled 3 clients\\n{METRIC.format(n=n)}\\n" for n in (1, 2, 3))
    run = engines.start(
        python(
            "server",
            f"import sys; sys.stdout.write('''{lines}'''); print('lost 1')",
            metrics=(MetricRule("json"),),
        ),
        success=Success(3, "accuracy"),
        watch=watch(
            round_started=LineRule("server", r"\[ROUND (?P<round>\d+)"),
            clients=LineRule("server", r"sampled (?P<connected>\d+)"),
            clients_planned=3,
            notes=(NoteRule("server", r"lost (?P<n>\d+)", "{process} went on without {n}"),),
        ),
    )
    result = run.end()
    assert (result["verdict"], result["rounds_done"], result["metrics"]) == ("ok", 3, {"accuracy": 0.3})
    assert [(e["data"]["round"], e["data"]["phase"]) for e in run.of_kind("round")] == [
        (n, phase) for n in (1, 2, 3) for phase in ("started", "done")
    ]
    assert run.of_kind("clients")[0]["data"] == {"connected": 3, "planned": 3}
    assert run.of_kind("note")[0]["data"]["text"] == "server went on without 1"


def test_the_last_sentence_of_a_note_with_title_is_the_title_of_its_process(engines: Engines) -> None:
    says = "echo round 1; echo round 1; echo round 2; exit 1"
    run = engines.start(
        sh("server", says),
        watch=watch(notes=(NoteRule("server", r"round (?P<n>\d+)", "{n} of 3", title=True),)),
    )
    result = run.end()
    # Told once each, kept by the folder, and no explanation of a failure.
    assert [(note["data"]["text"], note["data"]["title"]) for note in run.of_kind("note")] == [
        ("1 of 3", True),
        ("2 of 3", True),
    ]
    assert snapshot_of(run.folder).processes["server"].title == "2 of 3"
    assert "of 3" not in result["reason"]


def test_a_process_that_starts_again_has_no_title_until_it_says_one(engines: Engines) -> None:
    says = "test -e again && sleep 60; touch again; echo round 1; exit 1"
    run = engines.start(
        sh("server", says, cwd=engines.root, restart=Restart(1, 0.0)),
        watch=watch(notes=(NoteRule("server", "round", "one", title=True),)),
    )
    wait_until(lambda: run.states("server").count("ready") == 2)
    assert snapshot_of(run.folder).processes["server"].title == ""
    run.ask(do="stop", by="test", reason="enough")
    run.end()


def test_missing_rounds_are_no_success(engines: Engines) -> None:
    run = engines.start(
        sh("server", f"echo '{METRIC.format(n=1)}'", metrics=(MetricRule("json"),)),
        success=Success(2, "accuracy"),
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert "only 1 of 2 rounds" in result["reason"]


def test_a_server_is_stopped_when_the_rest_has_completed(engines: Engines) -> None:
    run = engines.start(
        sh(
            "server",
            "trap 'echo bye; exit 7' TERM; echo listening; while :; do sleep 0.05; done",
            ends="serves",
            ready=READY,
        ),
        sh("client-1", "exit 0", needs=(Need("server", "ready"),)),
    )
    result = run.end()
    assert result["verdict"] == "ok"
    assert run.log("server").endswith(b"bye\n")
    assert {p["name"]: p["state"] for p in result["processes"]} == {"server": "done", "client-1": "done"}


def test_a_server_that_ends_by_itself_has_failed(engines: Engines) -> None:
    run = engines.start(sh("server", "exit 0", ends="serves"), sh("client-1", "sleep 30"))
    result = run.end()
    assert result["verdict"] == "failed"
    assert "server ended with exit code 0, although it should have served" in result["reason"]


def test_what_needs_a_failed_process_fails_at_once_with_the_reason(engines: Engines) -> None:
    run = engines.start(
        sh("prepare", "exit 3", on_failure="continue"),
        sh("server", "sleep 60", needs=(Need("prepare", "completed"),)),
    )
    result = run.end(10)
    assert result["verdict"] == "failed"
    assert run.states("server") == ["skipped"]
    assert "prepare completed, which failed" in run.of_kind("process", "server")[0]["data"]["reason"]


def test_a_crash_loop_ends_after_the_restarts_that_the_recipe_allows(engines: Engines) -> None:
    run = engines.start(sh("server", "exit 1", restart=Restart(2, 0.05)))
    assert run.end()["verdict"] == "failed"
    assert run.states("server").count("running") == 3


def test_a_restarted_process_is_ready_only_by_its_own_lines(engines: Engines) -> None:
    script = "if [ -e flag ]; then sleep 0.5; echo listening; sleep 0.2; exit 0; fi; touch flag; echo listening; sleep 0.3; exit 1"
    run = engines.start(sh("server", script, ready=READY, restart=Restart(1, 0.05), cwd=engines.root))
    assert run.end()["verdict"] == "ok"
    times = [e["t"] for e in run.of_kind("process", "server") if e["data"]["state"] in ("running", "ready")]
    assert times[3] - times[2] > 0.4


def test_silence_becomes_stalled_and_is_diagnosed(engines: Engines) -> None:
    run = engines.start(
        sh("server", "echo 'client 1 here'; sleep 60"),
        watch=watch(
            stall_s=1.0,
            clients=LineRule("server", r"client (?P<client>\d+) here"),
            clients_planned=3,
            stalled_say="{connected} of {clients} are here",
        ),
    )
    result = run.end(20)
    assert (result["verdict"], result["exit_code"]) == ("stalled", 1)
    assert "1 of 3 clients connected" in result["reason"]
    assert "stalled" in [e["data"]["state"] for e in run.of_kind("run")]


def test_a_server_that_outlives_its_clients_is_named_with_the_way_out(engines: Engines) -> None:
    run = engines.start(
        sh("server", "echo listening; sleep 60", role="server", ready=READY),
        sh("prepare", "exit 0", role="tool"),
        sh("client-1", "exit 0", needs=(Need("server", "ready"), Need("prepare", "completed"))),
        watch=watch(stall_s=2.0),
    )
    result = run.end(30)
    assert result["verdict"] == "stalled"
    said = "still waiting for server to end, though all that needed it have ended; what never ends by itself has `ends: serves`"
    assert said in result["reason"]
    named = [event["data"]["text"] for event in run.of_kind("note")]
    assert len([text for text in named if text.startswith(said)]) == 1


def test_a_run_that_is_silent_after_its_last_round_says_so(engines: Engines) -> None:
    line = METRIC.format(n=1)
    run = engines.start(
        sh("server", f"echo '[ROUND 1]'; echo '{line}'", metrics=(MetricRule("json"),)),
        sh("client-1", "sleep 60"),
        success=Success(1, "accuracy"),
        watch=watch(round_started=LineRule("server", r"\[ROUND (?P<round>\d+)"), stall_s=2.0),
    )
    result = run.end(30)
    assert (result["verdict"], result["rounds_done"]) == ("stalled", 1)
    assert re.match(r"no progress for \d s after the last round; ", result["reason"])


def test_a_server_that_ends_soon_after_its_clients_is_not_named(engines: Engines) -> None:
    run = engines.start(
        sh("server", "echo listening; sleep 1.5", role="server", ready=READY),
        sh("client-1", "exit 0", needs=(Need("server", "ready"),)),
    )
    assert run.end()["verdict"] == "ok"
    assert not run.of_kind("note")


def test_a_run_that_waits_in_vain_tells_what_it_was_warned_of(engines: Engines) -> None:
    rule = NoteRule("server", r"averaged (?P<n>.*)", "averaged {n} clients", "warning")
    run = engines.start(
        sh("server", "echo averaged 2 of 3; sleep 60"), watch=watch(notes=(rule,), stall_s=1.5)
    )
    reason = run.end(30)["reason"]
    assert re.fullmatch(
        r"no progress for \d s; meanwhile nobody computed; tests: averaged 2 of 3 clients", reason
    )


def test_a_silent_run_says_who_computed_and_who_is_held(engines: Engines) -> None:
    run = engines.start(
        sh("server", "sleep 60", role="server"),
        sh("client-1", "echo ready; while :; do :; done"),
        sh("client-2", "echo here; sleep 60"),
        watch=watch(stall_s=4.0),
    )
    pid = run.pid_of("client-2")
    os.kill(pid, signal.SIGSTOP)
    reason = run.end(40)["reason"]
    assert f"client-2 is held by a stop signal (SIGSTOP, Ctrl-Z); `kill -CONT {pid}` lets it go on" in reason
    assert "meanwhile computed: client-1 (" in reason
    assert "server (" not in reason


def test_a_federation_that_went_on_without_a_held_client_is_not_ok(engines: Engines) -> None:
    run = engines.start(
        sh("server", "read line; echo averaged 1 of 2; sleep 1.5"),
        sh("client-1", "sleep 60", ends="serves"),
        sh("client-2", "sleep 60", ends="serves"),
        watch=watch(notes=(NoteRule("server", r"averaged (?P<n>.*)", "averaged {n} clients", "warning"),)),
    )
    os.kill(run.pid_of("client-2"), signal.SIGSTOP)
    wait_until(lambda: run.of_kind("note", "client-2"))
    assert run.ask(do="send", process="server", text="go")["ok"]
    result = run.end()
    assert (result["verdict"], result["culprit"]) == ("failed", "client-2")
    assert re.fullmatch(
        r"client-2 was held by a stop signal until the end at [\d:]+; tests: averaged 1 of 2 clients",
        result["reason"],
    )


def test_an_ok_run_tells_what_it_was_warned_of(engines: Engines) -> None:
    rule = NoteRule("server", r"averaged (?P<n>.*)", "averaged {n} clients", "warning")
    lines = "; ".join(f"echo averaged {n} of 3" for n in (2, 1, 0))
    result = engines.start(sh("server", lines), watch=watch(notes=(rule,))).end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0)
    assert result["reason"] == (
        "every process ended as the recipe says; tests: averaged 2 of 3 clients, then averaged 1 of 3 clients (and 1 more)"
    )


def test_a_process_that_is_held_is_told_at_once_and_when_it_goes_on(engines: Engines) -> None:
    run = engines.start(sh("client-1", "echo here; read line; echo $line"))
    pid = run.pid_of("client-1")

    def told() -> list[str]:
        return [event["data"]["text"] for event in run.of_kind("note", "client-1")]

    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: told()[:1] and "is held by a stop signal" in told()[0])
    assert snapshot_of(run.folder).processes["client-1"].word == "held"
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: told()[1:] == ["client-1 is held no more"])
    assert snapshot_of(run.folder).processes["client-1"].word == "ready"
    assert run.ask(do="send", process="client-1", text="go")["ok"]
    assert run.end()["reason"] == "every process ended as the recipe says"


def test_a_deadline_ends_a_run_that_chatters_on(engines: Engines) -> None:
    run = engines.start(sh("server", "while :; do echo retry; sleep 0.1; done"), watch=watch(deadline_s=1.5))
    result = run.end(15)
    assert (result["verdict"], result["exit_code"]) == ("timeout", 1)
    assert result["reason"] == "the deadline of 1.5 s passed while server still ran"


def test_why_a_process_failed_is_told_when_it_said_so_before_it_ended(engines: Engines) -> None:
    server = sh("server", "echo 'about: a disk'; echo 'error: no room on it'; sleep 0.3; exit 3")
    notes = (
        NoteRule("server", r"about: (?P<what>.*)", "it is {what}", "info"),
        NoteRule("server", r"error: (?P<what>.*)", "{what}", "error"),
    )
    result = engines.start(server, watch=watch(notes=notes)).end()
    assert "just before: no room on it" in result["reason"]
    assert "a disk" not in result["reason"]


def test_the_death_of_one_client_is_told_with_what_the_rest_did(engines: Engines) -> None:
    run = engines.start(
        sh("server", "echo '[ROUND 2]'; sleep 1.2; echo 'averaged 2'"),
        sh("client-1", "sleep 0.5; kill -9 $$", on_failure="continue"),
        sh("client-2", "sleep 1"),
        watch=watch(
            round_started=LineRule("server", r"\[ROUND (?P<round>\d+)"),
            notes=(NoteRule("server", r"averaged (?P<n>\d+)", "the server averaged {n} updates"),),
        ),
        success=Success(3),
    )
    result = run.end()
    assert result["verdict"] == "failed"
    assert result["culprit"] == "client-1"
    assert result["reason"].startswith("client-1 was killed by SIGKILL at ")
    assert "in round 2; tests: the server averaged 2 updates; 0 of 3 rounds" in result["reason"]
    assert [p["signal"] for p in result["processes"]] == [None, "SIGKILL", None]


def test_steps_speak_with_a_console(engines: Engines) -> None:
    console = (
        "import sys\nprint('console')\n"
        "for line in sys.stdin:\n"
        "    word = line.strip()\n    print('did', word)\n"
        "    if word == 'STOP': break\n"
    )
    run = engines.start(
        python(
            "aggregator",
            console,
            steps=(
                Step("wait", "console", line="console"),
                Step("send", "START", text="START", until="did START"),
                Step(
                    "ask",
                    "round",
                    question="How many?",
                    headless="TRAIN",
                    send_answer=True,
                    until="did TRAIN",
                ),
                Step("run", "look", argv=("/bin/sh", "-c", "echo tool")),
                Step("send", "STOP", text="STOP"),
            ),
        ),
        sh("party-1", "sleep 0.1"),
    )
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]
    assert [(s["step"], s["state"], s["by"]) for s in result["steps"]] == [
        (name, "done", "recipe") for name in ("console", "START", "round", "look", "STOP")
    ]
    assert [e["data"]["text"] for e in run.of_kind("input")] == ["START", "TRAIN", "STOP"]
    assert run.log("aggregator.step-4") == b"tool\n"


def test_a_line_that_ends_one_step_does_not_answer_the_next_one(engines: Engines) -> None:
    """Twice TRAIN with the same answer: the second is answered by what comes after it."""
    go = engines.root / "go"
    console = (
        "import os, sys, time\n"
        "for number, line in enumerate(sys.stdin):\n"
        f"    while number == 1 and not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        "    print('finished', flush=True)\n"
        "    if line.strip() == 'STOP': break\n"
    )
    trains = [Step("send", name, text="TRAIN", until="finished") for name in ("train", "train-again")]
    run = engines.start(python("aggregator", console, steps=(*trains, Step("send", "stop", text="STOP"))))
    wait_until(lambda: len(run.of_kind("input")) >= 2)
    went = time.time()
    go.touch()
    assert run.end()["verdict"] == "ok"
    texts = [(event["data"]["text"], event["t"] >= went) for event in run.of_kind("input")]
    assert texts == [("TRAIN", False), ("TRAIN", False), ("STOP", True)]


def test_a_step_is_done_by_the_last_line_of_a_process(engines: Engines) -> None:
    """Line and end come to a busy engine at once."""
    go, said = engines.root / "go", engines.root / "said"
    console = (
        "import os, time\ninput('name?')\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        f"print('welcome', flush=True)\nopen({str(said)!r}, 'w').close()\n"
    )
    steps = (Step("wait", "asks", line="name"), Step("send", "name", text="one", until="welcome"))
    run = engines.start(python("agent", console, steps=steps))
    wait_until(lambda: run.of_kind("input"))
    pid = run.of_kind("process")[0]["data"]["pid"]
    os.kill(run.supervisor, signal.SIGSTOP)
    go.touch()
    wait_until(said.exists)
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    os.kill(run.supervisor, signal.SIGCONT)
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]
    assert [step["state"] for step in result["steps"]] == ["done", "done"]


def test_a_step_that_times_out_ends_the_run_with_exit_4(engines: Engines) -> None:
    run = engines.start(
        sh(
            "aggregator",
            "sleep 60",
            steps=(Step("wait", "parties", line="registered", count=3, timeout_s=0.5),),
        )
    )
    result = run.end(15)
    assert (result["verdict"], result["exit_code"]) == ("unanswered", 4)
    assert "step parties of aggregator timed out after 0.5 s" in result["reason"]


def test_a_question_without_an_answer_ends_the_run_with_exit_4(engines: Engines) -> None:
    run = engines.start(sh("agent", "sleep 60", steps=(Step("ask", "project", question="Which project?"),)))
    result = run.end(15)
    assert result["exit_code"] == 4
    assert "Which project?" in result["reason"]
    assert result["steps"][0]["state"] == "unanswered"


def test_a_working_folder_below_the_run_folder_is_made(engines: Engines) -> None:
    folder = engines.root / "own"
    run = engines.start(sh("party-1", "pwd", cwd=folder / "work" / "party-1"), folder=str(folder))
    assert run.end()["verdict"] == "ok"
    assert run.log("party-1").decode().strip() == str(folder / "work" / "party-1")


def test_a_server_that_goes_with_its_last_peer_has_not_failed(engines: Engines) -> None:
    """A pair that both serve: the stop ends the caller first, and the server ends by itself then."""
    peer = "import os, sys, time; f = sys.argv[1]"
    caller = (
        f"{peer}\nopen(f, 'w').close()\nprint('here')\ntry:\n    time.sleep(60)\nfinally:\n    os.unlink(f)"
    )
    caller = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n" + caller
    server = (
        f"{peer}\nwhile not os.path.exists(f): time.sleep(0.01)\nwhile os.path.exists(f): time.sleep(0.01)"
    )
    flag = str(engines.root / "connected")
    run = engines.start(
        program("server", sys.executable, "-c", server, flag, role="server", ends="serves"),
        program(
            "caller",
            sys.executable,
            "-u",
            "-c",
            caller,
            flag,
            ends="serves",
            needs=(Need("server", "started"),),
            steps=(Step("wait", "here", line="here"),),
        ),
    )
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]


def test_a_metric_that_never_came_is_the_reason(engines: Engines) -> None:
    run = engines.start(sh("server", "echo round 1"), success=Success(2, "accuracy"))
    assert "no global accuracy was ever seen" in run.end()["reason"]


def test_a_server_that_starts_again_counts_its_rounds_anew(engines: Engines) -> None:
    """Else a metric line without a round would prove the round that the first one had begun."""
    script = (
        "if [ -e flag ]; then echo accuracy=0.5; exit 0; fi\n"
        "touch flag; echo '[ROUND 1]'; echo accuracy=0.4; echo '[ROUND 2]'; exit 1"
    )
    rule = MetricRule("line", "global", line=r"^accuracy=(?P<accuracy>\S+)")
    run = engines.start(
        sh("server", script, metrics=(rule,), restart=Restart(1, 0.05), cwd=engines.root),
        success=Success(2, "accuracy"),
        watch=watch(round_started=LineRule("server", r"\[ROUND (?P<round>\d+)")),
    )
    result = run.end()
    assert (result["verdict"], result["rounds_done"]) == ("failed", 1), result["reason"]


def test_a_round_that_was_done_stays_done_when_its_server_goes_on_from_there(engines: Engines) -> None:
    lines = [f"echo '{METRIC.format(n=n)}'" for n in (1, 2)]
    script = f"if [ -e flag ]; then {lines[1]}; exit 0; fi; touch flag; {lines[0]}; exit 1"
    run = engines.start(
        sh("server", script, metrics=(MetricRule("json"),), restart=Restart(1, 0.05), cwd=engines.root),
        success=Success(2, "accuracy"),
    )
    assert run.end()["verdict"] == "ok"
