"""The federation as the aggregator sees it: agents, rounds, updates. No network, no files, a given clock.

Round 0 is the base model. Round r is done when the updates of all agents that are there have been averaged.
STADLE's client asks for a newer model every 3 s, but not while it trains: then it is silent. So an agent
that trains may be silent for `round_timeout`, and any other for `agent_timeout`; after that it is gone, and
nobody waits for it until it says a word again.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stadle_aggregator.event_line import Tell
from weight_files import Weights, average, in_64_bits


class Refused(Exception):
    """A request that is not granted, with a sentence for the agent."""


@dataclass(frozen=True)
class Settings:
    """`agents`: how many must register to begin. `quorum`: the least number of updates that are averaged.
    Times in seconds: `patience` for agents that are to register (or come back, when fewer than the quorum
    are left), `agent_timeout` of silence that is not training, `round_timeout` for the updates of a round."""

    agents: int = 3
    rounds: int = 3
    quorum: int = 2
    patience: float = 60.0
    agent_timeout: float = 30.0
    round_timeout: float = 300.0


@dataclass
class Agent:
    """One registered agent. `has`: the round whose global model it was given last, -1: none."""

    name: str
    id: str
    seen: float
    has: int = -1
    gone: bool = False


@dataclass(frozen=True)
class Model:
    """The base model: the state of the client's BaseModel object but its weights, and its own id."""

    name: str
    id: str
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Update:
    """What one agent has learned in a round, and on how many examples."""

    weights: Weights
    examples: float
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


Recorder = Callable[..., None]


class Federation:
    """Asks nobody and waits for nothing: `tick` looks at the clock, the others are called by agents.

    `tell(event, message, **facts)` says what happens; `record(round, weights, updates)` is called with
    round 0 and the base model's weights, then with every average and the updates (by agent's name).
    """

    def __init__(
        self, settings: Settings, tell: Tell, clock: Callable[[], float], record: Recorder | None = None
    ) -> None:
        self.settings, self._tell, self._clock = settings, tell, clock
        self._record = record or (lambda round, weights, updates: None)
        self.id = uuid.uuid4().hex
        self.agents: dict[str, Agent] = {}  # by id
        self.model: Model | None = None
        self.round = 0  # the last one that is done
        self.model_id = ""
        self.weights: Weights = {}
        self.updates: dict[str, Update] = {}  # of the round that is under way, by agent's name
        self.failed = ""  # why it gave up
        self._began = self._changed = clock()
        self._announced = -1

    # -- what agents ask for -------------------------------------------------------------------

    def register(self, id: str, name: str) -> None:
        """An agent is there, or says so again. A new one under a known name takes its place."""
        known = self.agents.get(id)
        if known is not None:
            self._heard(known)
            return
        others = [other for other in self.agents.values() if other.name == name]
        if not others and len(self.agents) >= self.settings.agents:
            raise Refused(f"there are {self.settings.agents} agents already")
        for other in others:
            del self.agents[other.id]
        self.agents[id] = Agent(name, id, self._clock())
        self._changed = self._clock()
        self._tell("registered", f"{name} registered; {self._who()}", agent=name, **self._numbers())
        self._look()

    def set_base_model(self, model: Model, weights: Weights, by: str) -> None:
        """The admin's upload: what every agent starts from."""
        if self.round or self.updates:
            raise Refused("the federation has begun already, with another base model")
        if not weights or any(array.dtype.kind != "f" for array in weights.values()):
            raise Refused("a base model consists of arrays of floating-point numbers")
        self.model, self.model_id, self.weights = model, model.id, weights
        size = sum(array.nbytes for array in weights.values())
        text = f"base model {model.name} uploaded by {by}: {len(weights)} arrays, {size / 1e6:.2f} MB"
        self._tell("base_model", text, name=model.name, arrays=len(weights), bytes=size, **self._dashboard())
        self._record(0, weights, {})
        self._began = self._changed = self._clock()
        self._look()

    def newest(self, id: str, has: int) -> tuple[int, Weights] | None:
        """The global model for an agent that has that of round `has` (-1: none), if there is a newer."""
        agent = self._agent(id)
        if self.model is None or self.round <= has:
            return None
        agent.has = self.round
        return self.round, self.weights

    def update(self, id: str, weights: Weights, examples: float) -> str:
        """What an agent has learned in the round that is under way; returns what to tell it."""
        agent = self._agent(id)
        if self.model is None or self.finished or self.failed:
            raise Refused("there is no round under way")
        if not (isinstance(examples, (int, float)) and math.isfinite(examples) and examples > 0):
            raise Refused(f"agg_weight is a number above zero, not {examples!r}")
        if self._shapes(weights) != self._shapes(self.weights):
            raise Refused("these are other arrays than the base model's")
        if agent.has < self.round:
            text = f"{agent.name} was late: round {self.round} was averaged without it"
            self._tell("late", text, "warning", agent=agent.name, round=self.round)
            return text
        ours = {name: np.asarray(weights[name], self.weights[name].dtype) for name in self.weights}
        self.updates[agent.name] = Update(ours, examples)
        number, count = self.round + 1, len(self.updates)
        text = (
            f"update of {agent.name} for round {number}, {examples:g} examples; {count} of {len(self.there)}"
        )
        self._tell("update", text, agent=agent.name, round=number, examples=examples, updates=count)
        self._look()
        return f"update {count} of round {number}"

    # -- what time brings ----------------------------------------------------------------------

    def tick(self) -> None:
        """Looks at the clock; to be called a few times a second."""
        for agent in self.agents.values():
            trains = agent.has == self.round and agent.name not in self.updates
            if not (agent.gone or trains or self.finished) and self._is_silent(agent):
                self._lose(agent, f"nothing heard of {agent.name} for {self.settings.agent_timeout:g} s")
        self._look()

    @property
    def there(self) -> list[str]:
        """The names of the agents that are waited for, in their order."""
        return sorted((agent.name for agent in self.agents.values() if not agent.gone), key=in_order)

    @property
    def begun(self) -> bool:
        """Whether all agents have been there once, and the base model is."""
        return self.model is not None and (self.round > 0 or len(self.agents) >= self.settings.agents)

    @property
    def finished(self) -> bool:
        return self.round >= self.settings.rounds

    @property
    def everybody_has_the_last(self) -> bool:
        """Whether the last global model has reached all agents that are there."""
        return self.finished and all(
            agent.has >= self.round or agent.gone or self._is_silent(agent) for agent in self.agents.values()
        )

    @property
    def now(self) -> float:
        """The clock."""
        return self._clock()

    def tell_where_it_is(self) -> None:
        """After a restart: the numbers that watchers have, once more."""
        text = f"after round {self.round}; {self._who()}; {len(self.updates)} updates are here"
        self._tell("restored", text, "warning", round=self.round, **self._numbers())
        self._look()

    # -- inside --------------------------------------------------------------------------------

    def _agent(self, id: str) -> Agent:
        try:
            agent = self.agents[id]
        except (KeyError, TypeError):
            raise Refused("this agent is not registered here") from None
        self._heard(agent)
        return agent

    def _heard(self, agent: Agent) -> None:
        agent.seen = self._clock()
        if agent.gone:
            agent.gone, self._changed = False, agent.seen
            self._tell("back", f"{agent.name} is back; {self._who()}", agent=agent.name, **self._numbers())

    def _is_silent(self, agent: Agent) -> bool:
        return self._clock() - agent.seen > self.settings.agent_timeout

    def _is_impatient(self) -> bool:
        return self._clock() - self._changed > self.settings.patience

    def _lose(self, agent: Agent, why: str) -> None:
        agent.gone, self._changed = True, self._clock()
        self._tell("gone", f"{why}; {self._who()}", "warning", agent=agent.name, **self._numbers())

    def _look(self) -> None:
        """Begins, closes or gives up a round, whatever is due."""
        if self.failed or self.finished:
            return
        if not self.begun:
            if self.model is not None and self._is_impatient():
                there = f"only {len(self.agents)} of {self.settings.agents} agents"
                self._give_up(f"{there}, and none came for {self.settings.patience:g} s")
            return
        self._announce()
        if self._clock() - self._began > self.settings.round_timeout:
            for agent in self.agents.values():
                if agent.name not in self.updates and not agent.gone:
                    self._lose(agent, f"no update of {agent.name} within {self.settings.round_timeout:g} s")
        missing = [name for name in self.there if name not in self.updates]
        if not missing and len(self.updates) >= self.settings.quorum:
            self._average()
        elif len({*self.there, *self.updates}) < self.settings.quorum and self._is_impatient():
            self._give_up(
                f"{len(self.there)} of {self.settings.agents} agents are left, quorum {self.settings.quorum}"
            )

    def _announce(self) -> None:
        """Says once that a round is under way."""
        if self._announced < self.round:
            self._announced, self._began = self.round, self._clock()
            number, names = self.round + 1, self.there
            text = f"[ROUND {number}] {len(names)} agents train: {' '.join(names)}"
            self._tell("round", text, round=number, agents=names, **self._dashboard())

    def _average(self) -> None:
        names = sorted(self.updates, key=in_order)  # a sum of floats depends on the order
        updates = {name: self.updates[name] for name in names}
        exact = average([(in_64_bits(update.weights), update.examples) for update in updates.values()])  # type: ignore[misc]
        self.weights = {name: exact[name].astype(array.dtype) for name, array in self.weights.items()}
        self.round, self.model_id, self.updates = self.round + 1, uuid.uuid4().hex, {}
        there, all_ = len(names), self.settings.agents
        text = f"round {self.round} averaged {there} of {all_} agents: {' '.join(names)}"
        level = "info" if there == all_ else "warning"
        self._tell("averaged", text, level, round=self.round, agents=names, **self._dashboard())
        self._record(self.round, self.weights, updates)
        self._changed = self._clock()
        if not self.finished:
            self._announce()

    def _give_up(self, why: str) -> None:
        self.failed = why
        self._tell("gave_up", f"gave up: {why}", "error", why=why)

    def _numbers(self) -> dict[str, Any]:
        return {"connected": len(self.there), **self._dashboard()}

    def _dashboard(self) -> dict[str, str]:
        """What STADLE's own dashboard shows of a project: rounds that are done, agents, base model."""
        rounds = f"{self.round} of {self.settings.rounds} rounds"
        agents = f"{len(self.there)} of {self.settings.agents} agents"
        model = f"base model {self.model.name}" if self.model is not None else "no base model"
        return {"dashboard": f"{rounds}, {agents}, {model}"}

    def _who(self) -> str:
        return f"agents connected: {len(self.there)} of {self.settings.agents}"

    @staticmethod
    def _shapes(weights: Weights) -> list[tuple[str, tuple[int, ...]]]:
        return sorted((name, array.shape) for name, array in weights.items())


def in_order(name: str) -> list[tuple[int, str]]:
    """agent-2 before agent-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]
