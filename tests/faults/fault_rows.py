"""What can happen to a federation, for every SST-2 recipe: what is done to it, and what must come of it.

A row is made of the recipe itself (who is its server, who its clients) and of what SAID adds, so that a
recipe nobody has said anything about is tried as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fault_sayings import ABSENT, CLIENT, EXTRA, FAULTS, HANGS, IN_CI, LATE, PORT, SAID, SERVER

from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe

FOLDER = Path(__file__).resolve().parents[2] / "recipes" / "sst2"
SMALL = {"encoder": "minilm", "limit": 600, "rounds": 3, "pause": "3s"}
SERVERS = ("director", "server", "aggregator", "driver")


@dataclass(frozen=True)
class Row:
    """One recipe and one fault.

    `ends`: the verdicts and exit codes that are honest. `victim`: the process that is killed, is late, or finds its port taken; `inside`: a part of the command
    of a descendant that is meant instead. `when`: (process, text, times) its log must show before the kill;
    None: round 2 has begun. `line`: the `witness` must print it then; "" where nothing is foretold.
    `within_s`: seconds from the fault to the end of the run. `does`: what the framework does, for the page.
    """

    recipe: str
    fault: str
    victim: str
    witness: str
    ends: tuple[tuple[str, int], ...]
    does: str = ""
    inside: str = ""
    when: tuple[str, str, int] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    rounds: int | None = None
    reason: tuple[str, ...] = ()
    line: str = r"\S"
    within_s: float = 60.0
    port: str = ""
    in_ci: bool = False


def recipes() -> list[str]:
    """The SST-2 recipes of this checkout."""
    return sorted(path.parent.name for path in FOLDER.glob("*/recipe.yaml"))


def rows() -> list[Row]:
    """Every recipe with every fault that it can have."""
    return [row_of(name, fault) for name in recipes() for fault in faults_of(name)]


def faults_of(name: str) -> list[str]:
    """The common faults but those that cannot be, and what was said of this recipe besides."""
    return [fault for fault in (*FAULTS, *EXTRA.get(name, ())) if (name, fault) not in ABSENT]


def row_of(name: str, fault: str) -> Row:
    """What the recipe's roles give, and what is said over it."""
    loaded = load(FOLDER / name / "recipe.yaml")
    server, client = server_of(loaded), client_of(loaded)
    params = SMALL | ({"backend": "torch"} if "backend" in loaded.params else {})  # torch starts faster
    made: dict[str, Any] = {
        "recipe": f"sst2/{name}",
        "fault": fault,
        "victim": f"{client}-2",
        "witness": server,
        "ends": (("failed", 1),),
        "in_ci": IN_CI.get(name) == fault,
    }
    if fault == SERVER:
        made |= {"victim": server, "line": "", "within_s": 20.0}
    elif fault == LATE:
        made |= {"victim": f"{client}-3", "ends": (("ok", 0),), "rounds": 3, "within_s": 200.0}
    elif fault in HANGS:
        made |= {"victim": f"{client}-2" if client else server, "ends": (("stalled", 1),), "within_s": 240.0}
        made |= {"when": SAID.get((name, CLIENT), {}).get("when"), "line": ""}
    elif fault == PORT:
        made |= {"victim": server, "port": next(iter(loaded.ports), ""), "line": "", "within_s": 200.0}
        made |= {
            "ends": (("not-ready", 3),)
        }  # whoever sees it first: fltui the stranger, or the server its error
    said = dict(SAID.get((name, fault), {}))
    if fault in HANGS:
        said.setdefault("reason", (f"{made['victim']} is held by a stop signal",))
    if fault in (CLIENT, SERVER):
        said.setdefault("reason", (f"{said.get('victim', made['victim'])} ",))
    return Row(**made | said | {"params": params | dict(said.get("params", {}))})


def server_of(loaded: Recipe) -> str:
    """Who the clients talk to; the driver where there is nobody else."""
    for role in SERVERS:
        for name, process in loaded.processes.items():
            if process.role == role:
                return name
    raise ValueError(f"{loaded.title}: no process is {' or '.join(SERVERS)}")


def client_of(loaded: Recipe) -> str:
    """The group of the clients; empty where the driver holds them."""
    return next((name for name, process in loaded.processes.items() if process.role == "client"), "")
