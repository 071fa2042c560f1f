"""One metric line: how a process tells fltui what it measured. Copy this into a project of your own."""

from __future__ import annotations

import json


def print_metric(round: int, scope: str, **values: float) -> None:
    """Prints `{"metric": {"round": 1, "scope": "client", "accuracy": 0.9}}` as a line of its own.

    `scope` says whose model was measured: `global` (the federated weights, on data that no client
    has) or `client` (a local model, or what a framework reports about itself).
    """
    rounded = {name: float(value) for name, value in values.items()}
    # flush: a pipe would otherwise hold the line back until 8 KB have gathered.
    print(json.dumps({"metric": {"round": round, "scope": scope, **rounded}}), flush=True)
