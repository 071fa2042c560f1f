"""What the stand-in answers to each request, and to what is none."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stadle_aggregator import plain_pickle
from stadle_aggregator.conversation import Conversation
from stadle_aggregator.federation import Federation, Settings
from stadle_aggregator.plain_pickle import Member
from stadle_aggregator.vocabulary import AgentMsgType, AggMsgType, BaseModel, dumps

ARRAYS = {"layer_0": np.ones((2, 3), np.float32)}
TOKEN = "a token"


class Desk:
    """A conversation, what it told, and how often it saved."""

    def __init__(self, agents: int = 2) -> None:
        self.told: list[tuple[str, str]] = []
        self.saved = 0
        federation = Federation(Settings(agents=agents, rounds=1), self.tell, time.monotonic)
        self.conversation = Conversation(federation, TOKEN, self.tell, self.save)
        self.conversation.port = 8765

    def tell(self, event: str, message: str, level: str = "info", **facts: Any) -> None:
        self.told.append((event, message))

    def save(self) -> None:
        self.saved += 1

    def send(self, data: bytes) -> Any:
        return plain_pickle.loads(self.conversation.reply_to(data))

    def ask(self, kind: AgentMsgType, *parts: Any) -> Any:
        return self.send(dumps([kind, *parts]))

    def join(self, name: str = "agent-1", token: str = TOKEN, active: bool = True) -> Any:
        about = {"agent_id": f"id of {name}", "agent_name": name, "token": token, "exch_active": active}
        return self.ask(AgentMsgType.participate, about)

    def upload(self, token: str = TOKEN, **state: Any) -> Any:
        model = BaseModel({"_name": "head", "_type": 2, "_obj": None, "_weights": ARRAYS, **state})
        about = {"agent_id": "x", "agent_name": "admin_agent", "token": token, "model_id": "m"}
        return self.ask(AgentMsgType.initialize_model, {**about, "models": ARRAYS, "base_model": model})


def says(member: AggMsgType) -> Member:
    return Member("AggMsgType", member.value)


def test_before_the_base_model_agents_are_welcome_and_afterwards_told_to_fetch_it() -> None:
    desk = Desk()
    assert desk.join() == [says(AggMsgType.welcome), 0, 8765, 8765]
    assert desk.upload()[0] == says(AggMsgType.ack)
    assert desk.join() == [says(AggMsgType.update), 0, 8765, 8765]
    assert desk.saved == 3


def test_the_admin_is_no_agent() -> None:
    desk = Desk()
    desk.join("admin_agent", active=False)
    assert desk.conversation.federation.agents == {}


def test_a_wrong_token_is_refused_for_agents_and_for_the_base_model() -> None:
    desk = Desk()
    assert desk.join(token="another") == [says(AggMsgType.registration_failed), "wrong token"]
    assert desk.upload(token="another") == [says(AggMsgType.registration_failed), "wrong token"]
    assert desk.conversation.federation.agents == {}
    assert desk.conversation.federation.model is None
    assert desk.saved == 0
    assert desk.told[0] == ("refused", "refused agent-1: wrong token")


def test_one_agent_too_many_is_told_so() -> None:
    desk = Desk(agents=1)
    desk.join("agent-1")
    assert desk.join("agent-2") == [says(AggMsgType.max_agents_reached), "there are 1 agents already"]


def test_the_base_model_goes_with_the_weights_to_whoever_has_none_yet() -> None:
    desk = Desk()
    desk.join()
    desk.upload()
    kind, aggregator, model_id, number, weights, base = desk.ask(
        AgentMsgType.waiting_sgm, -1, "id of agent-1", False
    )
    assert (kind, model_id, number) == (says(AggMsgType.update), "m", 0)
    assert aggregator == desk.conversation.federation.id
    np.testing.assert_array_equal(weights["layer_0"], ARRAYS["layer_0"])
    np.testing.assert_array_equal(base.state["_weights"]["layer_0"], ARRAYS["layer_0"])
    assert base.state["_obj"] is None
    assert desk.ask(AgentMsgType.waiting_sgm, 0, "id of agent-1", False)[0] == says(AggMsgType.ack)


def test_what_a_base_model_holds_of_its_weights_once_more_travels_once() -> None:
    desk, large, other = Desk(), np.arange(1e5, dtype=np.float32), np.zeros(3, np.float32)
    desk.join()
    about = {"agent_id": "x", "agent_name": "admin_agent", "token": TOKEN, "model_id": "m"}
    model = BaseModel({"_name": "head", "_ser_obj": {"large": large.copy(), "other": other}})
    desk.ask(AgentMsgType.initialize_model, {**about, "models": {"large": large}, "base_model": model})
    reply = desk.conversation.reply_to(dumps([AgentMsgType.waiting_sgm, -1, "id of agent-1", False]))
    assert len(reply) < 1.1 * large.nbytes
    _, _, _, _, weights, base = plain_pickle.loads(reply)
    for held in (weights, base.state["_ser_obj"], base.state["_weights"]):
        np.testing.assert_array_equal(held["large"], large)
    np.testing.assert_array_equal(base.state["_ser_obj"]["other"], other)


def test_an_update_is_acknowledged_and_saved_first() -> None:
    desk = Desk()
    desk.join()
    desk.upload()
    desk.ask(AgentMsgType.waiting_sgm, -1, "id of agent-1", False)
    before = desk.saved
    about = {
        "agent_id": "id of agent-1",
        "model_id": "n",
        "models": ARRAYS,
        "performance_dict": {"loss": 0.5},
    }
    assert desk.ask(AgentMsgType.update, about)[0] == says(AggMsgType.ack)
    assert desk.saved == before + 1
    assert desk.conversation.federation.updates["agent-1"].examples == 1  # when nobody says


def test_metrics_are_thanked_for() -> None:
    assert Desk().ask(AgentMsgType.send_metrics, "m", {"accuracy": 0.5}, 1)[0] == says(AggMsgType.ack)


@pytest.mark.parametrize("kind", [AgentMsgType.waiting_sgm, AgentMsgType.update])
def test_whoever_has_not_registered_gets_nothing(kind: AgentMsgType) -> None:
    desk = Desk()
    desk.upload()
    about = {"agent_id": "stranger", "models": ARRAYS}
    parts = [-1, "stranger", False] if kind is AgentMsgType.waiting_sgm else [about]
    reply = desk.ask(kind, *parts)
    assert reply == {"status": "ERROR", "msg": "this agent is not registered here"}


@pytest.mark.parametrize("state", [{"_ser_obj": [1]}, {"_ser_obj": {"a": "text"}}, {"_ser_obj": b"code"}])
def test_a_base_model_with_more_than_arrays_in_it_is_refused(state: dict[str, Any]) -> None:
    desk = Desk()
    assert desk.upload(**state)["status"] == "ERROR"
    assert desk.conversation.federation.model is None


@pytest.mark.parametrize(
    "request_",
    [
        None,
        [],
        "participate",
        [0, {}],
        [AggMsgType.welcome],
        [AgentMsgType.participate],
        [AgentMsgType.participate, None],
        [AgentMsgType.participate, {}],
        [AgentMsgType.participate, {"agent_name": "x", "token": TOKEN}],
        [AgentMsgType.waiting_sgm, "x", "y"],
        [AgentMsgType.waiting_sgm, 0, ["x"]],
        [AgentMsgType.update, {"agent_id": "x"}],
        [AgentMsgType.update, {"agent_id": "x", "models": {"a": 1}}],
        [AgentMsgType.initialize_model, {"token": TOKEN, "base_model": 1, "model_id": "", "agent_name": ""}],
        [AgentMsgType.send_metrics],
    ],
)
def test_what_is_no_request_gets_an_error_and_changes_nothing(request_: Any) -> None:
    desk = Desk()
    assert desk.send(dumps(request_))["status"] == "ERROR"
    assert desk.told[-1][0] == "refused"
    assert desk.saved == 0
    assert desk.join()[0] == says(AggMsgType.welcome)


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch pwned",))


@pytest.mark.parametrize("place", ["alone", "as a token", "as a weight"])
def test_a_request_that_wants_to_run_something_is_refused_and_named(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk()
    value: Any = {
        "alone": Exploit(),
        "as a token": [AgentMsgType.participate, {"agent_name": "x", "token": Exploit()}],
        "as a weight": [AgentMsgType.update, {"agent_id": "x", "models": {"a": Exploit()}}],
    }[place]
    reply = desk.send(pickle.dumps(value, 4))
    assert reply["status"] == "ERROR"
    assert "system" in reply["msg"]
    assert desk.told[-1] == (
        "refused",
        f"refused a request: it asks for the name {os.system.__module__}.system",
    )
    assert list(tmp_path.iterdir()) == []
