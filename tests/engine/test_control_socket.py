"""The control socket: what may be said, by whom, and that nothing said harms the run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engines import Engines, Run, sh, wait_until
from few_files import few_file_descriptors
from living import cpu_ticks

from fltui.facts.plan import Check, Readiness, Step
from fltui.record import socket_path

CONSOLE = "import sys\nprint('console')\nfor line in sys.stdin: print('did', line.strip())"


REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"", "not a line of JSON"),
    (b"\xff\xfe\x00", "not a line of JSON"),
    (b"[" * 60_000, "not a line of JSON"),
    (b"9" * 5000, "not a line of JSON"),
    (b"[]", 'a request is an object with "do"'),
    (b'{"do": 5}', 'a request is an object with "do"'),
    (b'{"do": "explode"}', "unknown request 'explode'; known are status, "),
    (b'{"do": "send", "process": "one"}', "send lacks text"),
    (b'{"do": "send", "process": [], "text": "x"}', "process of send must be a text"),
    (b'{"do": "send", "process": "one", "text": {}}', "text of send must be a text"),
    (b'{"do": "send", "process": "one", "text": "\\ud800"}', "text of send must be a text"),
    (b'{"do": "send", "process": "two", "text": "x"}', "no process two; this run has one"),
    (b'{"do": "send", "process": "one", "text": "a\\nb"}', "may not hold a newline"),
    (b'{"do": "signal", "process": "one", "signal": "NOTHING"}', "no signal SIGNOTHING"),
    (b'{"do": "signal", "process": "one", "signal": 9}', "signal of signal must be a text"),
    (b'{"do": "stop", "signal": []}', "signal of stop must be a text"),
    (b'{"do": "stop", "signal": "SIGNOTHING"}', "no signal SIGNOTHING"),
    (b'{"do": "confirm", "process": "one", "step": "none"}', "step none of one does not wait for you"),
    (b'{"do": "answer", "process": "one", "step": "none", "text": ""}', "does not wait for you"),
    (b'{"do": "skip", "process": "one", "step": "none"}', "one has no open step none"),
    (b'{"do": "restart", "process": "one"}', "one is ready; only a failed process"),
)


def raw(run: Run, *lines: bytes) -> list[dict[str, Any]]:
    """The answers to lines as they are."""
    with socket_path.connect(run.folder) as connection, connection.makefile("rb") as answers:
        connection.sendall(b"".join(line + b"\n" for line in lines))
        return [json.loads(answers.readline()) for _ in lines]


def stopped(run: Run) -> dict[str, Any]:
    run.ask(do="stop", force=True)
    return run.end()


def test_status_names_processes_states_and_what_is_asked(engines: Engines) -> None:
    run = engines.start(
        sh("agent", "sleep 600", steps=(Step("ask", "project", question="Which?"),)), person=True
    )
    wait_until(lambda: run.of_kind("step"))
    status = run.ask(do="status")
    assert (status["ok"], status["run"], status["state"]) == (True, run.name, "waiting")
    assert status["processes"]["agent"] == {"state": "ready", "pid": run.pid_of("agent")}
    assert status["asking"] == {"agent": "project"}
    assert stopped(run)["verdict"] == "interrupted"


def test_a_request_that_cannot_be_met_is_answered_with_a_sentence(engines: Engines) -> None:
    run = engines.start(sh("one", "sleep 600"))
    wait_until(lambda: "ready" in run.states("one"))
    for line, said in REFUSED:
        answer, status = raw(run, line, b'{"do": "status"}')
        assert (answer["ok"], status["state"]) == (False, "running"), line[:80]
        assert said in answer["error"], line[:80]
    assert stopped(run)["reason"] == "stopped by person"


def test_a_request_without_an_end_closes_its_connection_alone(engines: Engines) -> None:
    run = engines.start(sh("one", "sleep 600"))
    with socket_path.connect(run.folder) as connection:
        with pytest.raises(OSError):  # noqa: PT012  the supervisor closes while we write
            while True:
                connection.sendall(b"x" * 65536)
    assert run.ask(do="status")["ok"]
    stopped(run)


def test_who_asks_and_never_reads_is_dropped(engines: Engines) -> None:
    run = engines.start(sh("one", "sleep 600"))
    with socket_path.connect(run.folder) as connection:
        connection.settimeout(5)
        with pytest.raises(BrokenPipeError):  # noqa: PT012  dropped at a size that is the supervisor's affair
            for _ in range(1000):
                connection.sendall(b'{"do": "status"}\n' * 100)
    assert run.ask(do="status")["ok"]
    stopped(run)


def test_many_connections_leave_the_supervisor_at_work(engines: Engines) -> None:
    run = engines.start(sh("one", "sleep 600"))
    connections: list[socket.socket] = []
    try:
        while len(connections) < 200:
            try:
                connections.append(socket_path.connect(run.folder))
            except BlockingIOError:  # as many as the kernel keeps wait to be accepted
                wait_until(lambda: True)
        connections[0].sendall(b'{"do": "status"}\n')
        with connections[0].makefile("rb") as answers:
            assert json.loads(answers.readline())["ok"]
        assert refused(connections[-1])
    finally:
        for connection in connections:
            connection.close()
    wait_until(lambda: served(run), what="an answer after the crowd has gone")
    stopped(run)


def refused(connection: socket.socket) -> bool:
    try:
        return connection.recv(10) == b""
    except ConnectionResetError:
        return True


def served(run: Run) -> bool:
    try:
        return bool(run.ask(do="status")["ok"])
    except (ValueError, OSError):
        return False


def test_a_supervisor_that_can_open_no_file_lives_on_and_hears_who_waits(engines: Engines) -> None:
    run = engines.start(
        sh("one", "sleep 600"),
        sh("two", "sleep 600", ready=Readiness((Check("port", port=1),), 600)),
    )

    def sampled() -> int:
        return (run.folder / "resources.jsonl").read_text().count('"process":"one"')

    wait_until(sampled)
    with few_file_descriptors(run.supervisor, 0):
        connections = [socket_path.connect(run.folder) for _ in range(5)]  # some file may just be open
        connections[-1].sendall(b'{"do": "status"}\n')
        ticks, before = cpu_ticks(run.supervisor), sampled()
        wait_until(lambda: sampled() >= before + 2, what="two more seconds of its life")
        assert cpu_ticks(run.supervisor) - ticks < 0.5 * os.sysconf("SC_CLK_TCK")
    with connections[-1].makefile("rb") as answers:
        assert json.loads(answers.readline())["ok"]
    for connection in connections:
        connection.close()
    stopped(run)


def test_a_step_whose_command_cannot_be_started_fails_and_says_so(engines: Engines) -> None:
    run = engines.start(
        sh("one", "sleep 600", steps=(Step("run", "tool", mode="confirm", argv=("true",)),)), headless=False
    )
    wait_until(lambda: run.of_kind("step"))
    with socket_path.connect(run.folder) as connection, connection.makefile("rb") as answers:
        connection.sendall(b'{"do": "status"}\n')
        answers.readline()
        with few_file_descriptors(run.supervisor, 3):  # of about six that it takes
            connection.sendall(b'{"do": "confirm", "process": "one", "step": "tool"}\n')
            assert json.loads(answers.readline())["ok"]
            wait_until(lambda: run.of_kind("note"))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("unanswered", 4)
    assert result["reason"] == "step tool of one: `true` ended with exit code 127"
    assert run.of_kind("note")[0]["data"]["text"] == "true could not be started: Too many open files"


def test_another_user_is_not_heard(engines: Engines) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may become another user")
    run = engines.start(sh("one", "sleep 600"))
    path = run.folder / "control.sock"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o666)
    for folder in (run.folder, *run.folder.parents):
        if folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    code = (
        "import os, socket, sys\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\n"
        "os.chdir(sys.argv[1])\ns.connect('control.sock')\n"
        "try:\n    s.sendall(b'{\"do\": \"stop\"}\\n')\n    print('heard:', s.recv(100))\n"
        "except OSError as error:\n    print('heard: b\\'\\'', error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(run.folder)], capture_output=True, text=True)
    assert done.stdout.startswith("heard: b''"), done.stderr
    assert run.ask(do="status")["state"] == "running"
    stopped(run)


def test_a_mark_and_a_signal_are_recorded_and_done(engines: Engines) -> None:
    run = engines.start(sh("one", "trap 'echo usr1; exit 0' USR1; echo ready; while :; do sleep 0.05; done"))
    wait_until(lambda: b"ready" in run.log("one"))
    assert run.ask(do="mark", text="pulled the cable", by="person") == {"ok": True}
    assert run.ask(do="signal", process="one", signal="usr1") == {"ok": True}
    assert run.end()["verdict"] == "ok"
    assert run.of_kind("mark")[0]["data"] == {"text": "pulled the cable", "by": "person"}
    assert run.log("one").endswith(b"usr1\n")


def test_a_failed_process_starts_again_when_a_person_says_so(engines: Engines) -> None:
    run = engines.start(
        sh(
            "one",
            "if [ -e flag ]; then exit 0; fi; touch flag; exit 1",
            on_failure="continue",
            cwd=engines.root,
        ),
        sh("two", "read line"),
    )
    wait_until(lambda: "failed" in run.states("one"))
    assert run.ask(do="restart", process="one")["ok"]
    wait_until(lambda: "done" in run.states("one"))
    assert (
        run.ask(do="restart", process="one")["error"]
        == "one is done; only a failed process of a live run can start again"
    )
    run.ask(do="send", process="two", text="go")
    assert run.end()["verdict"] == "ok"
