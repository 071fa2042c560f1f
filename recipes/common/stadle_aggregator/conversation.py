"""One request and its reply: what the bytes say, whether it may, what the federation answers."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from stadle_aggregator import plain_pickle
from stadle_aggregator.event_line import Tell
from stadle_aggregator.federation import Federation, Model, Refused
from stadle_aggregator.plain_pickle import Member, RefusedPickle
from stadle_aggregator.vocabulary import AgentMsgType, AggMsgType, BaseModel, dumps
from weight_files import Weights


class Conversation:
    """Answers agents, one at a time. `save` is called before what has changed something is answered."""

    port = 0  # where agents are to exchange models: the one they register at; known when it is bound

    def __init__(self, federation: Federation, token: str, tell: Tell, save: Callable[[], None]) -> None:
        self.federation, self._token, self._tell, self._save = federation, token, tell, save
        self.lock = threading.RLock()
        self._answers: dict[AgentMsgType, Callable[..., list[Any]]] = {
            AgentMsgType.participate: self._participate,
            AgentMsgType.initialize_model: self._initialize_model,
            AgentMsgType.waiting_sgm: self._waiting,
            AgentMsgType.update: self._update,
            AgentMsgType.send_metrics: self._metrics,
        }

    def reply_to(self, data: bytes) -> bytes:
        """The reply to a request, both as pickles. Nothing that comes makes this raise."""
        try:
            request = plain_pickle.loads(data)
            kind, parts = _kind(request)
            with self.lock:
                return dumps(self._answers[kind](*parts))
        except RefusedPickle as problem:
            return self.refuse(f"it asks for {problem}")
        except Refused as problem:
            self._tell("refused", f"refused a request: {problem}", "warning", why=str(problem))
            return _error(str(problem))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            return self.refuse(f"not a request of this protocol ({type(problem).__name__}: {problem})")

    def refuse(self, why: str) -> bytes:
        """Says that a request is refused, here and in the reply, which ends the client that asked."""
        self._tell("refused", f"refused a request: {why}", "error", why=why)
        return _error(f"refused: {why}")

    # -- each kind of request ------------------------------------------------------------------

    def _participate(self, about: dict[str, Any]) -> list[Any]:
        name, failed = str(about["agent_name"]), self._wrong_token(about)
        if failed:
            return failed
        if about.get("exch_active", True):
            try:
                self.federation.register(str(about["agent_id"]), name)
            except Refused as full:
                self._tell("refused", f"refused {name}: {full}", "warning", agent=name, why=str(full))
                return [AggMsgType.max_agents_reached, str(full)]
            self._save()
        there = AggMsgType.welcome if self.federation.model is None else AggMsgType.update
        return [there, self.federation.round, self.port, self.port]

    def _initialize_model(self, about: dict[str, Any]) -> list[Any]:
        failed = self._wrong_token(about)
        if failed:
            return failed
        found = about["base_model"]
        if not isinstance(found, plain_pickle.BaseModel):
            raise Refused("an upload without a base model")
        state = {**found.state, "_obj": None, "_weights": None}  # these come with every round anew
        if not all(_keeps(value) for value in state.values()):
            raise Refused("a base model's state is numbers, texts and dictionaries of arrays")
        weights = _weights(about["models"])
        state = {key: _once(value, weights) for key, value in state.items()}
        model = Model(str(found.state.get("_name", "?")), str(about["model_id"]), state)
        try:
            self.federation.set_base_model(model, weights, str(about["agent_name"]))
        except Refused as why:
            self._tell("refused", f"refused a base model: {why}", "warning", why=str(why))
            return [AggMsgType.not_opt, str(why)]
        self._save()
        return [AggMsgType.ack, "the base model is here"]

    def _waiting(self, has: int, id: str, sending: bool = False) -> list[Any]:
        newest = self.federation.newest(id, int(has))
        if newest is None:
            return [AggMsgType.ack, "no newer model yet"]
        self._save()
        number, weights = newest
        base = self._base_model() if has == -1 else None
        return [AggMsgType.update, self.federation.id, self.federation.model_id, number, weights, base]

    def _update(self, about: dict[str, Any]) -> list[Any]:
        said = self.federation.update(
            str(about["agent_id"]), _weights(about["models"]), about.get("agg_weight", 1)
        )
        self._save()
        return [AggMsgType.ack, said]

    def _metrics(self, model_id: str, metrics: Any, number: Any = None) -> list[Any]:
        self._tell("metrics", f"metrics for model {model_id}: {metrics}"[:300])
        return [AggMsgType.ack, "thank you"]

    # -- inside --------------------------------------------------------------------------------

    def _wrong_token(self, about: dict[str, Any]) -> list[Any] | None:
        if hmac.compare_digest(str(about.get("token", "")).encode(), self._token.encode()):
            return None
        name = str(about.get("agent_name", "?"))
        self._tell("refused", f"refused {name}: wrong token", "error", agent=name, why="wrong token")
        return [AggMsgType.registration_failed, "wrong token"]

    def _base_model(self) -> BaseModel | None:
        model = self.federation.model
        return None if model is None else BaseModel({**model.state, "_weights": self.federation.weights})


def _kind(request: Any) -> tuple[AgentMsgType, list[Any]]:
    if not isinstance(request, (list, tuple)) or not request or not isinstance(request[0], Member):
        raise Refused("a request begins with its kind")
    kind, *parts = request
    if kind.enum != AgentMsgType.__name__:
        raise Refused(f"{kind.enum} is no kind of request")
    return AgentMsgType(kind.value), parts


def _weights(found: Any) -> Weights:
    if not isinstance(found, dict) or not all(isinstance(array, np.ndarray) for array in found.values()):
        raise Refused("a model is a dictionary of arrays")
    return {str(name): array for name, array in found.items()}


def _once(value: Any, weights: Weights) -> Any:
    """A part of a base model's state, with the weights' own arrays in place of equal ones: an upload has them
    twice, and what refers to one array twice is pickled once."""
    if not isinstance(value, dict):
        return value
    return {
        name: weights[name] if name in weights and np.array_equal(array, weights[name]) else array
        for name, array in value.items()
    }


def _keeps(value: Any) -> bool:
    """Whether the state folder can hold it; torch's `_ser_obj` is a dictionary of arrays."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and isinstance(item, np.ndarray) for name, item in value.items())
    return value is None or isinstance(value, (str, int, float, bool))


def _error(text: str) -> bytes:
    return dumps({"status": "ERROR", "msg": text})
