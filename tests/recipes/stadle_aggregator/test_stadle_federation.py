"""The stand-in's rounds: who is waited for, how long, and what is averaged. A clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stadle_aggregator.federation import Federation, Model, Refused, Settings, in_order
from weight_files import Weights

SETTINGS = Settings(agents=3, rounds=2, quorum=2, patience=60, agent_timeout=30, round_timeout=300)


def weights(value: float) -> Weights:
    return {"layer_0": np.full((2, 3), value, np.float32), "layer_1": np.full(3, -value, np.float32)}


class Scene:
    """A federation, its clock, and what it told and recorded."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.now = 1000.0
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.recorded: list[tuple[int, Weights, list[str]]] = []
        self.federation = Federation(settings, self.tell, lambda: self.now, self.record)

    def tell(self, event: str, message: str, level: str = "info", **facts: Any) -> None:
        self.told.append((event, message, facts))

    def record(self, number: int, found: Weights, updates: dict[str, Any]) -> None:
        self.recorded.append((number, found, list(updates)))

    def upload(self) -> None:
        self.federation.set_base_model(Model("head", "m0"), weights(0), "admin")

    def begin(self, *names: str) -> None:
        """The base model is there, and these agents have it."""
        self.upload()
        for name in names or ("agent-1", "agent-2", "agent-3"):
            self.federation.register(f"id of {name}", name)
        for name in names or ("agent-1", "agent-2", "agent-3"):
            assert self.federation.newest(f"id of {name}", -1) is not None

    def send(self, number: int, value: float, examples: float = 1) -> str:
        return self.federation.update(f"id of agent-{number}", weights(value), examples)

    def fetch(self, number: int, has: int) -> int | None:
        found = self.federation.newest(f"id of agent-{number}", has)
        return None if found is None else found[0]

    def wait(self, seconds: float, polling: tuple[int, ...] = ()) -> None:
        """Time goes by; `polling` agents ask for news as STADLE's client does, every 3 s."""
        until = self.now + seconds
        while self.now < until:
            self.now += 3
            for number in polling:
                self.federation.newest(f"id of agent-{number}", 10_000)
            self.federation.tick()

    def events(self, kind: str) -> list[str]:
        return [message for event, message, _ in self.told if event == kind]


def test_a_round_is_the_average_weighted_by_examples_in_the_order_of_the_agents() -> None:
    scene = Scene()
    scene.begin()
    scene.send(3, 4.0, examples=2)
    scene.send(1, 1.0, examples=1)
    assert scene.federation.round == 0
    scene.send(2, 7.0, examples=1)
    assert scene.federation.round == 1
    number, found, order = scene.recorded[-1]
    assert (number, order) == (1, ["agent-1", "agent-2", "agent-3"])
    np.testing.assert_array_equal(found["layer_0"], np.full((2, 3), 4.0))
    assert found["layer_0"].dtype == np.float32


def test_ten_comes_after_two() -> None:
    assert sorted(["agent-10", "agent-2", "b", "agent-1"], key=in_order) == [
        "agent-1",
        "agent-2",
        "agent-10",
        "b",
    ]


def test_round_0_is_the_base_model_and_everybody_gets_it_at_once() -> None:
    scene = Scene()
    scene.federation.register("id of agent-1", "agent-1")
    assert scene.fetch(1, -1) is None
    scene.upload()
    assert scene.fetch(1, -1) == 0
    assert scene.fetch(1, 0) is None
    assert scene.recorded[0][0] == 0


def test_an_update_is_counted_once_however_often_it_is_sent() -> None:
    scene = Scene()
    scene.begin()
    for value in (9.0, 1.0):
        scene.send(1, value)
    scene.send(2, 1.0)
    scene.send(3, 1.0)
    np.testing.assert_array_equal(scene.federation.weights["layer_0"], np.ones((2, 3)))


def test_nobody_begins_until_all_are_there() -> None:
    scene = Scene()
    scene.begin("agent-1", "agent-2")
    scene.send(1, 1.0)
    scene.send(2, 1.0)
    scene.wait(40, polling=(1, 2))
    assert scene.federation.round == 0
    scene.federation.register("id of agent-3", "agent-3")
    scene.fetch(3, -1)
    scene.send(3, 1.0)
    assert scene.federation.round == 1


def test_agents_that_never_come_are_waited_for_with_patience_and_named() -> None:
    scene = Scene()
    scene.federation.register("id of agent-1", "agent-1")
    scene.wait(500, polling=(1,))
    assert scene.federation.failed == ""  # a person may still be about to upload the base model
    scene.upload()
    scene.wait(57, polling=(1,))
    assert scene.federation.failed == ""
    scene.wait(9, polling=(1,))
    assert scene.federation.failed == "only 1 of 3 agents, and none came for 60 s"


def test_an_agent_that_dies_in_its_training_is_waited_for_until_the_rounds_timeout() -> None:
    scene = Scene()
    scene.begin()
    scene.send(1, 1.0)
    scene.send(3, 3.0)
    scene.wait(290, polling=(1, 3))
    assert scene.federation.round == 0
    scene.wait(15, polling=(1, 3))
    assert scene.federation.round == 1
    assert scene.recorded[-1][2] == ["agent-1", "agent-3"]
    np.testing.assert_array_equal(scene.federation.weights["layer_0"], np.full((2, 3), 2.0))
    assert scene.events("gone") == ["no update of agent-2 within 300 s; agents connected: 2 of 3"]
    assert scene.events("averaged") == ["round 1 averaged 2 of 3 agents: agent-1 agent-3"]
    # And nobody waits for it a second time.
    for number in (1, 3):
        scene.fetch(number, 0)
        scene.send(number, 5.0)
    assert scene.federation.finished


def test_an_agent_that_dies_while_it_waits_is_gone_after_its_own_timeout() -> None:
    scene = Scene()
    scene.begin()
    for number in (1, 2, 3):
        scene.send(number, 1.0)
    for number in (1, 3):
        scene.fetch(number, 0)
        scene.send(number, 1.0)
    scene.wait(36, polling=(1, 3))
    assert scene.events("gone") == ["nothing heard of agent-2 for 30 s; agents connected: 2 of 3"]
    assert scene.federation.finished


def test_an_agent_that_comes_back_is_in_the_next_round() -> None:
    scene = Scene(Settings(agents=3, rounds=3, quorum=2, round_timeout=300))
    scene.begin()
    scene.send(1, 1.0)
    scene.send(3, 1.0)
    scene.wait(305, polling=(1, 3))
    assert scene.send(2, 100.0) == "agent-2 was late: round 1 was averaged without it"
    assert scene.federation.updates == {}
    assert scene.fetch(2, 0) == 1
    for number in (1, 3):
        scene.fetch(number, 0)
        scene.send(number, 1.0)
    assert scene.federation.round == 1
    scene.send(2, 1.0)
    assert scene.federation.round == 2
    assert scene.events("back") == ["agent-2 is back; agents connected: 3 of 3"]


def test_fewer_than_the_quorum_are_waited_for_with_patience_and_then_it_gives_up() -> None:
    scene = Scene()
    scene.begin()
    scene.send(1, 1.0)
    scene.wait(320, polling=(1,))
    assert scene.federation.failed == ""
    scene.wait(60, polling=(1,))
    assert scene.federation.failed == "1 of 3 agents are left, quorum 2"
    assert scene.federation.round == 0


def test_one_that_comes_back_in_that_time_saves_the_round() -> None:
    scene = Scene()
    scene.begin()
    scene.send(1, 1.0)
    scene.wait(330, polling=(1,))
    scene.send(2, 3.0)
    assert scene.federation.round == 1
    assert scene.federation.failed == ""


def test_a_new_agent_under_a_known_name_takes_its_place() -> None:
    scene = Scene()
    scene.begin()
    scene.federation.register("a new id", "agent-2")
    assert len(scene.federation.agents) == 3
    with pytest.raises(Refused, match="not registered"):
        scene.send(2, 1.0)
    scene.federation.newest("a new id", -1)
    scene.federation.update("a new id", weights(1), 1)
    assert set(scene.federation.updates) == {"agent-2"}


def test_a_fourth_agent_is_refused() -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(Refused, match="3 agents already"):
        scene.federation.register("id of agent-4", "agent-4")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda found: found.pop("layer_1"), "other arrays"),
        (lambda found: found.update(more=np.zeros(1, np.float32)), "other arrays"),
        (lambda found: found.update(layer_1=np.zeros(4, np.float32)), "other arrays"),
    ],
)
def test_an_update_that_does_not_fit_is_refused(change: Callable[[Weights], Any], why: str) -> None:
    scene = Scene()
    scene.begin()
    found = weights(1)
    change(found)
    with pytest.raises(Refused, match=why):
        scene.federation.update("id of agent-1", found, 1)
    assert scene.federation.updates == {}


@pytest.mark.parametrize("examples", [0, -1, float("nan"), float("inf"), "7", None])
def test_a_weight_that_is_no_number_above_zero_is_refused(examples: Any) -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(Refused, match="agg_weight"):
        scene.federation.update("id of agent-1", weights(1), examples)


def test_an_upload_in_the_middle_of_a_federation_is_refused() -> None:
    scene = Scene()
    scene.begin()
    scene.send(1, 1.0)
    with pytest.raises(Refused, match="begun already"):
        scene.upload()


def test_a_base_model_of_whole_numbers_is_refused() -> None:
    with pytest.raises(Refused, match="floating-point"):
        Scene().federation.set_base_model(Model("head", "m0"), {"n": np.zeros(3, np.int64)}, "admin")


def test_it_is_over_when_all_that_are_there_have_the_last_model() -> None:
    scene = Scene(Settings(agents=2, rounds=1, quorum=1))
    scene.begin("agent-1", "agent-2")
    for number in (1, 2):
        scene.send(number, 1.0)
    assert scene.federation.finished
    assert not scene.federation.everybody_has_the_last
    assert scene.fetch(1, 0) == 1
    assert not scene.federation.everybody_has_the_last
    scene.now += 31  # the other one has died
    assert scene.federation.everybody_has_the_last


def test_it_says_what_stadles_dashboard_would_show() -> None:
    scene = Scene()
    scene.begin()
    for round in range(2):
        for number in (1, 2, 3):
            scene.fetch(number, round - 1)
            scene.send(number, 1.0)
    shown = [facts["dashboard"] for _, _, facts in scene.told if "dashboard" in facts]
    assert list(dict.fromkeys(shown)) == [
        "0 of 2 rounds, 0 of 3 agents, base model head",
        "0 of 2 rounds, 1 of 3 agents, base model head",
        "0 of 2 rounds, 2 of 3 agents, base model head",
        "0 of 2 rounds, 3 of 3 agents, base model head",
        "1 of 2 rounds, 3 of 3 agents, base model head",
        "2 of 2 rounds, 3 of 3 agents, base model head",
    ]


def test_who_watches_is_told_each_round_once() -> None:
    scene = Scene()
    scene.begin()
    for round in range(2):
        scene.wait(9, polling=(1, 2, 3))
        for number in (1, 2, 3):
            scene.fetch(number, round - 1)
            scene.send(number, 1.0)
    assert scene.events("round") == [
        f"[ROUND {number}] 3 agents train: agent-1 agent-2 agent-3" for number in (1, 2)
    ]
