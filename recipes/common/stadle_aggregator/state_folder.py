"""The federation on disk. A killed aggregator that starts again on the folder goes on where it was.

state.json            who is registered, the round, and the ids of what the other files hold
model-R-ID.npz        global weights after round R
update-ID.npz         what an agent has sent in the round that is under way
base-ID.npz           the arrays in the base model's state

Arrays are written first and state.json last, whole or not at all. No file holds a pickle. An update is
on disk before it is acknowledged: an agent sends it once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stadle_aggregator.federation import Agent, Federation, Model, Update
from weight_files import Weights, load_arrays, save_arrays

SCHEMA = 1
STATE = "state.json"


class StateError(Exception):
    """The folder holds no state of this aggregator."""


def save(folder: Path, federation: Federation) -> None:
    """Writes what has changed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = set()
    if federation.model is not None:
        files.add(_keep(folder, model_file(federation), federation.weights))
        files.add(_keep(folder, base_file(federation.model), _arrays(federation.model.state)))
    updates = {}
    for name, update in federation.updates.items():
        updates[name] = {"id": update.id, "examples": update.examples}
        files.add(_keep(folder, update_file(update.id), update.weights))
    model = federation.model
    state = {
        "schema": SCHEMA,
        "aggregator": federation.id,
        "round": federation.round,
        "model_id": federation.model_id,
        "model": model
        and {
            "name": model.name,
            "id": model.id,
            "state": {
                key: list(value) if isinstance(value, dict) else value for key, value in model.state.items()
            },
        },
        "agents": [
            {"id": agent.id, "name": agent.name, "has": agent.has} for agent in federation.agents.values()
        ],
        "updates": updates,
    }
    half = folder / f".{STATE}"
    half.write_text(json.dumps(state, indent=1))
    half.replace(folder / STATE)
    for old in folder.glob("*.npz"):
        if old.name not in files:
            old.unlink()


def restore(folder: Path, federation: Federation) -> bool:
    """Puts a new federation where the one of the folder was; False where there is none. StateError."""
    try:
        state = json.loads((folder / STATE).read_text())
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise StateError(f"{folder / STATE} is no JSON ({error}); remove the folder to begin anew") from None
    if state.get("schema") != SCHEMA:
        raise StateError(f"{folder / STATE} was written by another version; remove the folder to begin anew")
    federation.id, federation.round = state["aggregator"], state["round"]
    federation.model_id = state["model_id"]
    if state["model"]:
        found = state["model"]
        model = Model(found["name"], found["id"])
        arrays = load_arrays(folder / base_file(model))
        federation.model = Model(model.name, model.id, _state_of(found["state"], arrays))
        federation.weights = load_arrays(folder / model_file(federation))
    now = federation.now
    for agent in state["agents"]:
        federation.agents[agent["id"]] = Agent(agent["name"], agent["id"], now, agent["has"])
    for name, update in state["updates"].items():
        weights = load_arrays(folder / update_file(update["id"]))
        federation.updates[name] = Update(weights, update["examples"], update["id"])
    return True


def model_file(federation: Federation) -> str:
    return f"model-{federation.round}-{_safe(federation.model_id)}.npz"


def base_file(model: Model) -> str:
    return f"base-{_safe(model.id)}.npz"


def update_file(id: str) -> str:
    return f"update-{id}.npz"


def _keep(folder: Path, name: str, arrays: Weights) -> str:
    if not (folder / name).exists():  # a file of that name never changes
        save_arrays(folder / name, arrays)
    return name


def _safe(name: str) -> str:
    """A model's id is the agent's own choice: never a path."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _arrays(state: Mapping[str, Any]) -> Weights:
    """The arrays in a base model's state, of all its dictionaries: `_ser_obj/0.weight`."""
    return {
        f"{key}/{name}": array
        for key, value in state.items()
        if isinstance(value, dict)
        for name, array in value.items()
    }


def _state_of(kept: Mapping[str, Any], arrays: Weights) -> dict[str, Any]:
    """The opposite: `kept` names in a list what was a dictionary of arrays."""
    return {
        key: {name: arrays[f"{key}/{name}"] for name in value} if isinstance(value, list) else value
        for key, value in kept.items()
    }
