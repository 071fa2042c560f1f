"""The names in the protocol, and replies pickled under the names that the client knows them by.

The client compares enumerations, so a reply must hold real members of `stadle.lib.util.states.AggMsgType`.
A pickle holds names only: it is enough that our own classes go by these names while they are written.
"""

from __future__ import annotations

import enum
import pickle
import sys
from types import ModuleType
from typing import Any

STATES = "stadle.lib.util.states"
MODEL = "stadle.lib.entity.model"


class AgentMsgType(enum.Enum):
    """What an agent asks for."""

    participate = 0
    update = 1
    initialize_model = 2
    waiting_sgm = 3
    send_metrics = 4

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:  # else it depends on Python's version
        return (type(self), (self.value,))


class AggMsgType(enum.Enum):
    """What an aggregator answers."""

    welcome = 0
    update = 1
    registration_failed = 2
    ack = 3
    not_opt = 4
    max_agents_reached = 5
    max_size_reached = 6
    max_round_reached = 7

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return (type(self), (self.value,))


class BaseModel:
    """A base model as an agent gets it: no more than the state that the admin's upload had."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def dumps(reply: Any) -> bytes:
    """A reply (or request) in pickle protocol 4, under the client's names."""
    return pickle.dumps(reply, protocol=4)


def _known_as(module: str, *classes: type) -> None:
    """Lets pickle find these classes under the client's names. In this process the real client is then
    not importable, which is as it should be: nothing here may depend on it."""
    path = module.split(".")
    for length in range(1, len(path) + 1):
        sys.modules.setdefault(".".join(path[:length]), ModuleType(".".join(path[:length])))
    for found in classes:
        found.__module__ = module
        setattr(sys.modules[module], found.__name__, found)


_known_as(STATES, AgentMsgType, AggMsgType)
_known_as(MODEL, BaseModel)
