"""How long the recipes' server waits for clients, by a clock that only its waiting moves.

    python flower_patience.py

Prints a JSON list with a row for each case of CASES: what came of it and at which second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

from flower_server import ImpatientClientManager, TooFewClientsError

PATIENCE = 60
# Second by second who comes (+) and goes (-); three are waited for.
CASES = {
    "nobody": [],
    "one at once": [(0, "+a")],
    "one late": [(40, "+a")],
    "two late": [(40, "+a"), (90, "+b")],
    "all late": [(40, "+a"), (90, "+b"), (140, "+c")],
    "one goes": [(0, "+a"), (0, "+b"), (30, "-b")],
    "one comes back": [(0, "+a"), (0, "+b"), (30, "-b"), (50, "+b")],
}


class Waiting:
    """Stands in for the condition that Flower's manager waits on: a wait moves the clock and lets come who
    comes in that time."""

    def __init__(self, events: list[tuple[int, str]]) -> None:
        self.now, self.events = 0.0, list(events)
        self.manager = ImpatientClientManager(PATIENCE, clock=lambda: self.now)
        self.manager._cv = self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def notify_all(self) -> None: ...

    def let_come(self, until: float) -> None:
        while self.events and self.events[0][0] <= until:
            self.now, word = self.events.pop(0)
            act = self.manager.register if word[0] == "+" else self.manager.unregister
            act(SimpleNamespace(cid=word[1:]))

    def wait_for(self, enough: Callable[[], bool], timeout: float) -> bool:
        until = self.now + timeout
        while not enough() and self.events and self.events[0][0] <= until:
            self.let_come(self.events[0][0])
        self.now = self.now if enough() else until
        return enough()


def outcome(events: list[tuple[int, str]]) -> tuple[str, float]:
    """What the wait for three clients gave, and when."""
    waiting = Waiting(events)
    waiting.let_come(0)
    try:
        waiting.manager.wait_for(3)
    except TooFewClientsError as too_few:
        return str(too_few), waiting.now
    return "all came", waiting.now


print(json.dumps({name: outcome(events) for name, events in CASES.items()}))
