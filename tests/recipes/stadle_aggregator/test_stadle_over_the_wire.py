"""The stand-in as a process, and agents that speak to it over gRPC as STADLE's client does."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stadle_aggregator.wire import Chunk, encode

Aggregate = Callable[..., Any]
Agent = Callable[[Any, int], Any]
ACK, UPDATE, WELCOME = "AggMsgType 3", "AggMsgType 1", "AggMsgType 0"


def test_a_whole_federation(aggregate: Aggregate, agent: Agent) -> None:
    aggregator = aggregate(agents=2, rounds=2)
    agents = [agent(aggregator, number) for number in (2, 1)]
    assert agents[0].join() == [WELCOME, 0, aggregator.port, aggregator.port]
    assert agents[0].upload()[0] == ACK
    assert [one.join()[0] for one in agents] == [UPDATE, UPDATE]
    kind, _, model, number, weights, base = agents[0].fetch(-1)
    assert (kind, model, number) == (UPDATE, "m0", 0)
    assert weights == {"layer_0": {"mean": 0.0, "size": 6}}
    assert base["base_model_state"]["_type"] == 2
    agents[1].fetch(-1)
    for round in (1, 2):
        for one, value in zip(agents, (2.0, 6.0), strict=True):
            assert one.send(value * round, examples=1 if one is agents[0] else 3)[0] == ACK
        for one in agents:
            reply = one.fetch(round - 1)
            assert reply[3:] == [round, {"layer_0": {"mean": 5.0 * round, "size": 6}}, None]
    assert aggregator.end() == (0, "")
    final = np.load(aggregator.state / "artifacts" / "final" / "model.npz", allow_pickle=False)
    np.testing.assert_array_equal(final["layer_0"], np.full(6, 10.0))
    told = [
        event["message"] for event in aggregator.events() if event["event"] in ("round", "averaged", "end")
    ]
    assert told == [
        "[ROUND 1] 2 agents train: agent-1 agent-2",
        "round 1 averaged 2 of 2 agents: agent-1 agent-2",
        "[ROUND 2] 2 agents train: agent-1 agent-2",
        "round 2 averaged 2 of 2 agents: agent-1 agent-2",
        "all 2 rounds are done, and the agents have left",
    ]


def test_a_model_of_12_megabytes_travels_in_chunks_both_ways(aggregate: Aggregate, agent: Agent) -> None:
    one = agent(aggregate(agents=1, rounds=1, quorum=1), 1)
    one.models = {"layer_0": {"array": [0.5], "times": 3_000_000}}
    one.upload()
    one.join()
    assert one.fetch(-1)[4] == {"layer_0": {"mean": 0.5, "size": 3_000_000}}
    models = {"layer_0": {"array": [1.5], "times": 3_000_000}}
    answer = one.order(ask=["update", {"agent_id": "id of agent-1", "models": models}])
    assert answer["chunks"] == 12
    assert (answer["id"], answer["reply"][0]) == ("message-1", ACK)
    assert one.fetch(0)[4] == {"layer_0": {"mean": 1.5, "size": 3_000_000}}


def test_a_model_over_the_limit_is_refused_with_a_reply_and_the_aggregator_lives_on(
    aggregate: Aggregate, agent: Agent
) -> None:
    aggregator = aggregate(agents=1, rounds=1, quorum=1, message_limit=2_000_000)
    one = agent(aggregator, 1)
    one.models = {"layer_0": {"array": [0.5], "times": 3_000_000}}
    assert one.upload() == {"status": "ERROR", "msg": "refused: a request of over 2,000,000 bytes"}
    assert aggregator.wait_for("refused")["message"] == "refused a request: a request of over 2,000,000 bytes"
    one.models = {"layer_0": {"array": [0.5], "times": 30_000}}
    assert one.upload()[0] == ACK


def test_killed_in_a_round_and_started_again_it_goes_on(aggregate: Aggregate, agent: Agent) -> None:
    first = aggregate(agents=2, rounds=1)
    port = first.port
    agents = [agent(first, number) for number in (1, 2)]
    agents[0].upload()
    for one in agents:
        one.join()
        one.fetch(-1)
    agents[0].send(1.0)
    first.kill()

    second = aggregate(state=first.state, port=port, agents=2, rounds=1)
    second.wait_for("restored")
    # The same connections: gRPC makes them anew, as it does for STADLE's client.
    until = time.monotonic() + 30
    while "reply" not in (answer := agents[1].order(ask=["send_metrics", "m0", {}, 0])):
        assert answer["status"] == "UNAVAILABLE"
        assert time.monotonic() < until
    assert agents[1].send(3.0)[0] == ACK
    assert [one.fetch(0)[4]["layer_0"]["mean"] for one in agents] == [2.0, 2.0]
    assert second.end()[0] == 0


def test_without_the_update_of_one_it_goes_on_after_the_rounds_timeout(
    aggregate: Aggregate, agent: Agent
) -> None:
    aggregator = aggregate(agents=3, rounds=2, quorum=2, round_timeout=1)
    agents = [agent(aggregator, number) for number in (1, 2, 3)]
    agents[0].upload()
    for one in agents:
        one.join()
    for one in agents:
        one.fetch(-1)
    agents[0].send(1.0)
    agents[2].send(3.0)
    assert aggregator.wait_for("averaged")["message"] == "round 1 averaged 2 of 3 agents: agent-1 agent-3"
    assert aggregator.wait_for("gone")["agent"] == "agent-2"
    assert agents[1].send(100.0) == [ACK, "agent-2 was late: round 1 was averaged without it"]
    assert agents[1].fetch(0)[4] == {"layer_0": {"mean": 2.0, "size": 6}}


def test_below_the_quorum_it_gives_up_and_says_so(aggregate: Aggregate, agent: Agent) -> None:
    aggregator = aggregate(agents=2, rounds=1, quorum=2, round_timeout=1, patience=1)
    agents = [agent(aggregator, number) for number in (1, 2)]
    agents[0].upload()
    for one in agents:
        one.join()
        one.fetch(-1)
    agents[0].send(1.0)
    assert aggregator.end() == (1, "1 of 2 agents are left, quorum 2\n")
    assert aggregator.wait_for("gave_up")["why"] == "1 of 2 agents are left, quorum 2"


def test_a_wrong_token_is_refused(aggregate: Aggregate, agent: Agent) -> None:
    aggregator = aggregate()
    one = agent(aggregator, 1)
    assert one.join(token="stadle12345") == ["AggMsgType 2", "wrong token"]
    assert aggregator.wait_for("refused")["message"] == "refused agent-1: wrong token"
    assert one.fetch(-1) == {"status": "ERROR", "msg": "this agent is not registered here"}


class Exploit:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.file}",))


def test_a_malicious_pickle_is_refused_and_the_aggregator_lives_on(
    aggregate: Aggregate, agent: Agent, tmp_path: Path
) -> None:
    aggregator = aggregate()
    one = agent(aggregator, 1)
    reply = one.order(pickle=pickle.dumps(Exploit(tmp_path / "pwned"), 4).hex())["reply"]
    assert reply == {"status": "ERROR", "msg": "refused: it asks for the name posix.system"}
    assert aggregator.wait_for("refused")["message"] == "refused a request: it asks for the name posix.system"
    assert not (tmp_path / "pwned").exists()
    assert one.join()[0] == WELCOME


@pytest.mark.parametrize(
    "messages",
    [
        [b"\xff\xff"],
        [],
        [encode(Chunk("m", 0, 2, b"x"))],
        [encode(Chunk("m", 1, 2, b"x")), encode(Chunk("m", 0, 2, b"y"))],
    ],
)
def test_what_is_no_message_ends_the_call_and_nothing_else(
    aggregate: Aggregate, agent: Agent, messages: list[bytes]
) -> None:
    one = agent(aggregate(), 1)
    assert one.order(messages=[message.hex() for message in messages])["status"] == "INVALID_ARGUMENT"
    assert one.join()[0] == WELCOME


def test_a_taken_port_is_an_error_and_not_a_second_aggregator(aggregate: Aggregate, agent: Agent) -> None:
    first = aggregate()
    second = aggregate(port=first.port)
    code, errors = second.end()
    assert code == 1  # gRPC writes a line of its own before
    assert errors.splitlines()[-1] == f"error: port {first.port} on 127.0.0.1 is taken by somebody else"
    assert agent(first, 1).join()[0] == WELCOME


def test_it_is_only_there_for_this_machine(aggregate: Aggregate) -> None:
    port = aggregate().port
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):  # another address of the loopback: all would be served
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_it_ends_when_it_is_asked_to(aggregate: Aggregate) -> None:
    aggregator = aggregate()
    assert aggregator.port
    aggregator.child.send_signal(signal.SIGTERM)
    assert aggregator.end() == (1, "it was stopped\n")
