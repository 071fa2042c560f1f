"""sst2/stadle, run for real on a few hundred sentences: STADLE's client with the stand-in aggregator computes
what the reference does, survives an aggregator that is started again, and names who is silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from having_environments import environment_or_skip
from sst2_runs import (
    ACROSS_BACKENDS,
    NEEDS_DATA,
    ROUNDS,
    SAME_BACKEND,
    SMALL,
    assert_done,
    distance,
    global_weights,
    reference_weights,
    verified,
)
from stadle_projects import SERVICE, TOKEN

from fltui.environment.state import Status

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900), NEEDS_DATA]

Start = Callable[..., Any]


@pytest.fixture(autouse=True)
def stadle() -> Status:
    """STADLE's client is on every index, so that nothing shows whether its licence was accepted: an
    environment that is built does (it cannot be without), and else FLTUI_ACCEPT_LICENCE must."""
    return environment_or_skip("stadle")


def test_it_has_the_references_weights_in_every_round(start: Start) -> None:
    federation = start("sst2/stadle", **SMALL)
    result = federation.ok()
    assert_done(result)
    assert distance(global_weights(federation.folder), reference_weights(federation.folder)) < SAME_BACKEND
    said = verified(federation.folder, "stadle")
    assert said["found"].keys() == {"model.npz", "model.keras"}
    assert {"round-001", "round-002"} <= said["differences"].keys()
    assert [(step["step"], step["state"]) for step in result["steps"]] == [
        (name, "done") for name in ("upload", "registered", "uploaded")
    ]
    # As its dashboard would: the base model, the agents, the rounds.
    assert "base model sst2-head uploaded by admin_agent: 6 arrays" in federation.notes("info")
    connected = [event["data"]["connected"] for event in federation.events() if event["kind"] == "clients"]
    assert connected == [1, 2, 3]
    # The token is in the agents' configuration, which is gone.
    assert not (federation.folder / "secrets" / "agent.json").exists()


def test_torch_agents_have_the_references_weights_although_the_aggregator_was_killed_and_began_again(
    start: Start,
) -> None:
    federation = start("sst2/stadle", **SMALL | {"backend": "torch", "pause": "3s", "restarts": 1})
    federation.wait_for_line("agent-2", "[ROUND 2]")
    federation.kill("aggregator")
    federation.wait_for_line("aggregator", '"event": "restored"')
    result = federation.ok()
    assert_done(result)
    assert distance(global_weights(federation.folder), reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert "model.pt" in verified(federation.folder, "stadle")["found"]


# -- against "the service": what listens at an address of the user's -----------------------------------


@pytest.fixture
def silent_port() -> Iterator[int]:
    """It accepts every connection and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    lines = []

    def accept() -> None:
        while True:
            try:
                lines.append(server.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield int(server.getsockname()[1])
    server.close()
    for line in lines:
        line.close()


@pytest.mark.parametrize("protocol", ["https", "http"])
def test_a_silent_server_is_diagnosed_within_20_seconds(
    start: Start, silent_port: int, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_STADLE_TOKEN", TOKEN)
    began = time.monotonic()
    federation = start("sst2/stadle", **SMALL, **SERVICE, reg_port=silent_port, comm_protocol=protocol)
    result = federation.result()
    assert time.monotonic() - began < 25  # 20 of the diagnosis, and what the start of fltui takes
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert f"something accepts connections on 127.0.0.1:{silent_port}, but says nothing" in federation.notes(
        "error"
    )
    assert result["reason"].startswith("aggregator ")


def test_a_server_that_refuses_is_diagnosed_at_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STADLE_TOKEN", TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    began = time.monotonic()
    federation = start("sst2/stadle", **SMALL, **SERVICE, reg_port=port)
    result = federation.result()
    assert time.monotonic() - began < 15
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert f"nobody listens on 127.0.0.1:{port}" in federation.notes("error")


def test_with_the_service_the_agents_write_down_what_it_averaged(
    start: Start, somebody_elses: Callable[..., int]
) -> None:
    port = somebody_elses(agents=3, rounds=ROUNDS)
    federation = start(
        "sst2/stadle", **SMALL, **SERVICE, backend="torch", reg_port=port, comm_protocol="http"
    )
    result = federation.ok()
    assert_done(result)
    assert distance(global_weights(federation.folder), reference_weights(federation.folder)) < ACROSS_BACKENDS
    assert {"round-001", "round-002"} <= verified(federation.folder, "stadle")["differences"].keys()
    kept = [path for path in federation.folder.rglob("*") if path.is_file()]
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []


def test_a_wrong_token_is_said_and_not_waited_for(
    start: Start, somebody_elses: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_STADLE_TOKEN", "the token of another project")
    port = somebody_elses(agents=3, rounds=ROUNDS)
    federation = start(
        "sst2/stadle", **SMALL, **SERVICE, backend="torch", reg_port=port, comm_protocol="http"
    )
    result = federation.result()
    assert result["verdict"] == "failed"
    assert "wrong token" in federation.notes("error")
