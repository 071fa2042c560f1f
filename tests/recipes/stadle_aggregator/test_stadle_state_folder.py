"""A killed aggregator goes on where it was: what it had answered is on disk, and no file holds a pickle."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stadle_aggregator import plain_pickle, state_folder
from stadle_aggregator.conversation import Conversation
from stadle_aggregator.federation import Federation, Settings
from stadle_aggregator.state_folder import StateError
from stadle_aggregator.vocabulary import AgentMsgType, BaseModel, dumps

ARRAYS = {"0.weight": np.ones((2, 3), np.float32), "0.bias": np.zeros(2, np.float32)}


class Aggregator:
    """A conversation over the state in `folder`; a new one is a restart after a kill."""

    def __init__(self, folder: Path) -> None:
        self.recorded: list[int] = []
        self.federation = Federation(
            Settings(agents=2, rounds=2),
            lambda *_, **__: None,
            time.monotonic,
            lambda n, w, u: self.recorded.append(n),
        )
        self.goes_on = state_folder.restore(folder, self.federation)
        self.conversation = Conversation(
            self.federation,
            "tok",
            lambda *_, **__: None,
            lambda: state_folder.save(folder, self.federation),
        )

    def ask(self, kind: AgentMsgType, *parts: Any) -> Any:
        return plain_pickle.loads(self.conversation.reply_to(dumps([kind, *parts])))

    def upload(self) -> None:
        about = {
            "agent_id": "a",
            "agent_name": "admin",
            "token": "tok",
            "model_id": "../../etc/m",
            "models": ARRAYS,
        }
        model = BaseModel({"_name": "head", "_type": 0, "_id": None, "_ser_obj": ARRAYS, "_weights": ARRAYS})
        assert self.ask(AgentMsgType.initialize_model, {**about, "base_model": model})[0].value == 3

    def join(self, name: str) -> None:
        self.ask(AgentMsgType.participate, {"agent_id": name, "agent_name": name, "token": "tok"})

    def fetch(self, name: str, has: int) -> Any:
        return self.ask(AgentMsgType.waiting_sgm, has, name, False)

    def send(self, name: str, value: float, examples: int = 1) -> Any:
        models = {key: np.full_like(array, value) for key, array in ARRAYS.items()}
        return self.ask(AgentMsgType.update, {"agent_id": name, "models": models, "agg_weight": examples})


def test_a_new_folder_is_no_state(tmp_path: Path) -> None:
    assert not Aggregator(tmp_path / "new").goes_on


def test_after_a_kill_the_update_that_was_acknowledged_counts(tmp_path: Path) -> None:
    first = Aggregator(tmp_path)
    first.upload()
    for name in ("agent-1", "agent-2"):
        first.join(name)
        first.fetch(name, -1)
    first.send("agent-1", 2.0, examples=3)

    second = Aggregator(tmp_path)
    assert second.goes_on
    second.send("agent-2", 6.0)
    assert second.federation.round == 1
    np.testing.assert_array_equal(second.federation.weights["0.weight"], np.full((2, 3), 3.0))


def test_after_a_kill_the_round_its_weights_and_who_has_them_are_known(tmp_path: Path) -> None:
    first = Aggregator(tmp_path)
    first.upload()
    for name in ("agent-1", "agent-2"):
        first.join(name)
        first.fetch(name, -1)
    for name in ("agent-1", "agent-2"):
        first.send(name, 5.0)
    assert first.fetch("agent-1", 0)[3] == 1

    second = Aggregator(tmp_path)
    assert second.federation.round == 1
    assert second.recorded == []
    reply = second.fetch("agent-2", 0)
    assert reply[1:4] == [first.federation.id, first.federation.model_id, 1]
    np.testing.assert_array_equal(reply[4]["0.bias"], np.full(2, 5.0))
    assert second.send("agent-1", 1.0)[0].value == 3
    assert second.send("agent-2", 1.0)[0].value == 3
    assert second.federation.finished


def test_after_a_kill_a_new_agent_gets_the_base_model_as_it_was_uploaded(tmp_path: Path) -> None:
    first = Aggregator(tmp_path)
    first.upload()
    second = Aggregator(tmp_path)
    second.join("agent-1")
    base = second.fetch("agent-1", -1)[5]
    assert (base.state["_name"], base.state["_type"], base.state["_id"]) == ("head", 0, None)
    np.testing.assert_array_equal(base.state["_ser_obj"]["0.weight"], ARRAYS["0.weight"])


def test_old_rounds_do_not_fill_the_disk_and_no_name_leaves_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    first = Aggregator(folder)
    first.upload()
    for name in ("agent-1", "../agent-2"):
        first.join(name)
        first.fetch(name, -1)
    for name in ("agent-1", "../agent-2"):
        first.send(name, 5.0)
    assert sorted(path.name.split("-")[0] for path in folder.iterdir()) == ["base", "model", "state.json"]
    assert list(tmp_path.iterdir()) == [folder]


def test_no_file_of_the_state_holds_a_pickle(tmp_path: Path) -> None:
    first = Aggregator(tmp_path)
    first.upload()
    for file in tmp_path.glob("*.npz"):
        with np.load(file, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype.kind == "f" for name in arrays.files)
    json.loads((tmp_path / "state.json").read_text())


@pytest.mark.parametrize(("text", "why"), [("{", "no JSON"), ('{"schema": 99}', "another version")])
def test_a_state_that_cannot_be_read_is_said_and_not_overwritten(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(StateError, match=why):
        Aggregator(tmp_path)
    assert (tmp_path / "state.json").read_text() == text
