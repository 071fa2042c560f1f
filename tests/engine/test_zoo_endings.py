"""Processes that end in a bad way, or not at all: the verdict says which, when and how."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from typing import Any

from engines import ZOO, Engines, Run, sh, watch, zoo

from fltui.facts.plan import (
    Check,
    LineRule,
    MetricRule,
    Need,
    NoteRule,
    Process,
    Readiness,
    Restart,
    Success,
    Watch,
)

LISTENING = Readiness((Check("log", line="listening"),), 20)
ROUNDS = watch(
    round_started=LineRule("server", r"\[ROUND (?P<round>\d+)\]"),
    clients=LineRule("server", r"client connected: (?P<connected>\d+)"),
    clients_planned=3,
    notes=(
        NoteRule(
            "server",
            r"received (?P<ok>\d+) results and (?P<bad>[1-9]\d*) failures",
            "averaged {ok} results without the {bad} that failed",
        ),
    ),
)


def of(result: dict[str, Any], process: str) -> dict[str, Any]:
    return next(dict(item) for item in result["processes"] if item["name"] == process)


def verdict(result: dict[str, Any]) -> tuple[str, int]:
    return result["verdict"], result["exit_code"]


def federation(
    engines: Engines, *server: str, dies_in: int = 0, watch: Watch = ROUNDS, on_failure: str = "continue"
) -> Run:
    """Three rounds with three clients, of which the second dies in round `dies_in`."""
    port = str(engines.root / "port")
    ready = Readiness((Check("log", line="server running"),), 20)
    clients: list[Process] = [
        zoo(
            f"client-{number}",
            "client_of_rounds",
            port,
            str(dies_in if number == 2 else 0),
            needs=(Need("server", "ready"),),
            on_failure=on_failure,
        )
        for number in (1, 2, 3)
    ]
    return engines.start(
        zoo(
            "server",
            "server_of_rounds",
            "3",
            port,
            *server,
            role="server",
            ready=ready,
            metrics=(MetricRule("json"),),
        ),
        *clients,
        success=Success(3, "accuracy", 0.5),
        watch=watch,
    )


def test_a_process_that_exits_1_at_once_is_named_with_its_code(engines: Engines) -> None:
    run = engines.start(zoo("client-1", "exits_1_at_once"), sh("server", "sleep 600"))
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert re.match(r"client-1 ended with exit code 1 at \d\d:\d\d:\d\d$", result["reason"])
    assert result["culprit"] == "client-1"
    assert of(result, "client-1")["exit_code"] == 1
    assert of(result, "server")["state"] == "stopped"


def test_exit_0_before_readiness_is_a_failure(engines: Engines) -> None:
    run = engines.start(
        zoo("server", "exits_0_at_once", role="server", ready=LISTENING),
        sh("client-1", "echo never", needs=(Need("server", "ready"),)),
    )
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert result["reason"].startswith("server ended with exit code 0 before it was ready at ")
    assert of(result, "client-1")["state"] == "skipped"
    assert run.log("client-1") == b""


def test_exit_0_having_done_nothing_is_no_success(engines: Engines) -> None:
    run = engines.start(
        zoo("server", "exits_0_at_once", metrics=(MetricRule("json"),)), success=Success(3, "accuracy")
    )
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert (
        result["reason"]
        == "every process ended as planned, but no global accuracy was ever seen, so no round counts"
    )
    assert of(result, "server")["state"] == "done"


def test_exit_0_without_the_metric_is_no_success(engines: Engines) -> None:
    run = engines.start(zoo("server", "exits_0_at_once"), success=Success(None, "accuracy"))
    result = run.end()
    assert (*verdict(result), result["reason"]) == ("failed", 1, "no global accuracy was seen")


def test_a_port_that_a_stranger_holds_is_no_readiness_and_the_stranger_is_named(engines: Engines) -> None:
    command = [sys.executable, str(ZOO / "listens.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stranger:
        assert stranger.stdout is not None
        try:
            port = int(stranger.stdout.readline())
            ready = Readiness((Check("log", line="listening"), Check("port", port=port)), 60)
            run = engines.start(zoo("server", "claims_a_port", str(port), role="server", ready=ready))
            result = run.end()
            assert stranger.poll() is None, "the stranger was ended with the run"
        finally:
            stranger.kill()
    assert verdict(result) == ("not-ready", 3)
    assert f"port {port} belongs to pid {stranger.pid} (" in result["reason"]
    assert "listens.py" in result["reason"]
    assert "not part of this run" in result["reason"]


def test_a_port_that_a_grandchild_holds_is_readiness(engines: Engines) -> None:
    with socket.socket() as reserved:  # bound, not listening: nobody else gets this port meanwhile
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        run = engines.start(
            sh(
                "server",
                f"{sys.executable} {ZOO}/listens.py {port} & wait",
                ends="serves",
                ready=Readiness((Check("port", port=port),), 20),
            ),
            sh("client-1", "echo connected", needs=(Need("server", "ready"),)),
        )
        assert verdict(run.end()) == ("ok", 0)
    assert run.log("client-1") == b"connected\n"


def test_a_process_that_is_never_ready_times_out_with_what_was_awaited(engines: Engines) -> None:
    ready = Readiness((Check("log", line="listening"), Check("file", path=str(engines.root / "pid"))), 1.0)
    run = engines.start(zoo("server", "never_ready", role="server", ready=ready))
    result = run.end()
    assert verdict(result) == ("not-ready", 3)
    assert (
        result["reason"]
        == f"server is not ready after 1 s: waited for the line /listening/ in its log and the file {engines.root}/pid to be written"
    )
    assert result["culprit"] == "server"
    assert b"still loading, attempt 1\n" in run.log("server")


def test_a_file_that_an_earlier_run_left_is_no_readiness(engines: Engines) -> None:
    old = engines.root / "pid"
    old.write_text("1234")
    ready = Readiness((Check("file", path=str(old)),), 1.0)
    idle = engines.start(sh("server", "sleep 60", role="server", ends="serves", ready=ready))
    assert verdict(idle.end()) == ("not-ready", 3)
    ready = Readiness((Check("file", path=str(old)),), 20.0)
    writes = engines.start(
        sh("server", f"printf 1234 >{old}; sleep 60", role="server", ends="serves", ready=ready),
        sh("client-1", "exit 0", needs=(Need("server", "ready"),)),
    )
    assert verdict(writes.end()) == ("ok", 0), "the same words, written anew"


def test_a_segmentation_fault_is_named(engines: Engines) -> None:
    run = engines.start(zoo("client-1", "segfaults"))
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert result["reason"].startswith("client-1 was killed by SIGSEGV at ")
    assert (of(result, "client-1")["exit_code"], of(result, "client-1")["signal"]) == (None, "SIGSEGV")
    assert run.log("client-1") == b"allocating tensor"


def test_the_federation_of_the_zoo_works_when_nobody_misbehaves(engines: Engines) -> None:
    result = federation(engines).end()
    assert (*verdict(result), result["reason"]) == ("ok", 0, "3 of 3 rounds, accuracy 0.800")


def test_silence_in_the_middle_of_a_round_is_diagnosed_and_ended(engines: Engines) -> None:
    run = federation(engines, "silent", "2", watch=watch(**{**vars(ROUNDS), "stall_s": 1.5}))
    result = run.end()
    assert verdict(result) == ("stalled", 1)
    assert re.match(
        r"no progress for \d s in round 2; 3 of 3 clients connected; meanwhile ", result["reason"]
    )
    assert (result["rounds_done"], result["rounds_planned"]) == (1, 3)
    assert [event["data"]["state"] for event in run.of_kind("run")][-2:] == ["stalled", "stopping"]


def test_one_of_three_clients_dies_in_a_round_and_the_server_goes_on(engines: Engines) -> None:
    run = federation(engines, dies_in=2)
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert re.match(
        r"client-2 was killed by SIGKILL at \d\d:\d\d:\d\d in round 2; "
        r"tests: averaged 2 results without the 1 that failed; 3 of 3 rounds$",
        result["reason"],
    )
    assert result["culprit"] == "client-2"
    assert [of(result, f"client-{number}")["state"] for number in (1, 2, 3)] == ["done", "failed", "done"]


def test_one_of_three_clients_dies_and_the_recipe_ends_the_run(engines: Engines) -> None:
    result = federation(engines, "silent", "2", dies_in=1, on_failure="fail").end()
    assert verdict(result) == ("failed", 1)
    assert result["reason"].startswith("client-2 was killed by SIGKILL at ")
    assert "in round 1" in result["reason"]


def test_a_crash_loop_under_a_restart_policy_ends(engines: Engines) -> None:
    run = engines.start(
        zoo("client-1", "exits_1_at_once", restart=Restart(3, 0.05)), sh("server", "sleep 600")
    )
    result = run.end()
    assert verdict(result) == ("failed", 1)
    assert result["reason"].startswith("client-1 ended with exit code 1 at ")
    started = [e["data"] for e in run.of_kind("process", "client-1") if e["data"]["state"] == "running"]
    assert [data["incarnation"] for data in started] == [1, 2, 3, 4]
    assert len({data["pid"] for data in started}) == 4
    notes = [event["data"]["text"] for event in run.of_kind("note", "client-1")]
    assert notes[-1] == "client-1 ended with exit code 1; it starts again in 0.05 s (3 of 3)"
