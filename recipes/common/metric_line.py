"""One metric line: how a process tells fltui what it measured. Copy this into a project of your own."""

from __future__ import annotations

import json


def print_metric(round: int, scope: str, **values: float) -> None:
    """Prints `{"metric": {"round": 1, "scope": "client", "accuracy": 0.9}}` as a line of its own.

    `scope` says whose model was measured: `global` (the federated weights, on data that no client
    has) or `client` (a local model, or what a framework reports about itself).
    """
    numbers = {name: float(value) for name, value in values.items()}
    print_line(json.dumps({"metric": {"round": round, "scope": scope, **numbers}}))


def print_line(text: str) -> None:
    """Prints a whole line at once and at once.

    In one piece, because the log of another thread may otherwise come before its newline; flushed,
    because a pipe holds lines back until 8 KB have gathered.
    """
    print(f"{text}\n", end="", flush=True)
