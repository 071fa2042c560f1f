"""The dialogue with a process: what a step waits for, who does it, and what outlives nothing."""

from __future__ import annotations

import time

from engines import Engines, Run, python, sh, wait_until, watch
from living import lives

from fltui.facts.plan import Check, Need, Readiness, Restart, Step


def step_states(run: Run, step: str) -> list[str]:
    return [event["data"]["state"] for event in run.of_kind("step") if event["data"]["step"] == step]


def test_a_question_that_is_answered_late_leaves_the_whole_time_for_what_follows(engines: Engines) -> None:
    """A person thought for longer than the run may be silent."""
    answered = engines.root / "answered"
    run = engines.start(
        sh(
            "agent",
            f"while [ ! -e {answered} ]; do sleep 0.05; done; sleep 2.2",
            steps=(Step("ask", "go", question="Go on?"),),
        ),
        watch=watch(stall_s=2.0),
        person=True,
    )
    wait_until(lambda: step_states(run, "go") == ["asking"])
    asked = time.monotonic()
    wait_until(lambda: time.monotonic() > asked + 4.5)
    assert run.ask(do="answer", process="agent", step="go", text="yes")["ok"]
    answered.touch()
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]


def test_a_line_typed_by_hand_is_answered_by_what_follows_it(engines: Engines) -> None:
    """Twice TRAIN with the same answer, typed by a person instead of confirmed."""
    go = engines.root / "go"
    console = (
        "import os, sys, time\n"
        "for number, line in enumerate(sys.stdin):\n"
        f"    while number == 1 and not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        "    print('finished', flush=True)\n"
        "    if line.strip() == 'STOP': break\n"
    )
    trains = [Step("send", name, text="TRAIN", until="finished", mode="manual") for name in ("one", "two")]
    stop = Step("send", "stop", text="STOP")
    run = engines.start(python("aggregator", console, steps=(*trains, stop)), headless=False)
    for name in ("one", "two"):
        wait_until(lambda name=name: step_states(run, name) == ["asking"])
        assert run.ask(do="send", process="aggregator", text="TRAIN")["ok"]
    wait_until(lambda: len(step_states(run, "two")) > 1)
    went = time.time()
    go.touch()
    assert run.end()["verdict"] == "ok"
    done = [
        e["t"] for e in run.of_kind("step") if e["data"]["step"] == "two" and e["data"]["state"] == "done"
    ]
    assert done[0] >= went


def test_the_record_of_a_step_says_what_was_sent_and_not_what_was_planned(engines: Engines) -> None:
    steps = (Step("send", "start", text="START", until="started", mode="confirm"),)
    run = engines.start(sh("console", "read line; echo $line; read line", steps=steps), headless=False)
    wait_until(lambda: step_states(run, "start") == ["asking"])
    assert run.ask(do="confirm", process="console", step="start", text="HELLO")["ok"]
    wait_until(lambda: step_states(run, "start") == ["asking", "waiting"])
    assert [event["data"]["text"] for event in run.of_kind("step")] == ["START", "HELLO"]
    run.ask(do="stop", force=True)
    run.end()


def test_the_command_of_a_step_ends_with_the_process_that_it_was_run_for(engines: Engines) -> None:
    """Else it would decide the step of the process that was started anew."""
    first, second, go, go_2, over = (engines.root / name for name in ("1", "2", "go", "go-2", "over"))
    command = (
        f"if [ -e {first} ]; then touch {second}; while [ ! -e {go_2} ]; do sleep 0.02; done; exit 0; fi; "
        f"echo $$ >{first}.new; mv {first}.new {first}; while [ ! -e {go} ]; do sleep 0.02; done"
    )
    run = engines.start(
        sh(
            "agent",
            f"if [ -e again ]; then while [ ! -e {over} ]; do sleep 0.02; done; exit 0; fi; "
            f"touch again; while [ ! -e {first} ]; do sleep 0.02; done; exit 1",
            steps=(Step("run", "look", argv=("/bin/sh", "-c", command)),),
            restart=Restart(1, 0.05),
            cwd=engines.root,
        )
    )
    wait_until(second.exists)
    go.touch()
    wait_until(lambda: not lives(int(first.read_text())))
    went = time.time()
    go_2.touch()
    wait_until(lambda: "done" in step_states(run, "look"))
    over.touch()
    assert run.end()["verdict"] == "ok"
    assert step_states(run, "look") == ["running", "failed", "running", "done"]
    assert run.of_kind("step")[-1]["t"] >= went


def test_two_commands_that_one_process_waits_for_share_a_log(engines: Engines) -> None:
    """The first to end closed it for the other, which then read as a full disk."""
    go = engines.root / "go"
    quick = Check("command", argv=("/bin/sh", "-c", f"echo quick; touch {go}"))
    slow = Check(
        "command", argv=("/bin/sh", "-c", f"while [ ! -e {go} ]; do sleep 0.02; done; sleep 0.5; echo slow")
    )
    run = engines.start(
        sh("server", "sleep 600", ends="serves", ready=Readiness((slow, quick), 20)),
        sh("client", "exit 0", needs=(Need("server", "ready"),)),
    )
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]
    assert run.log("server.ready").splitlines() == [b"quick", b"slow"]
