"""Who connects to whom, read from the plan: who names whose port. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SERVERS = ("director", "server", "aggregator")


@dataclass(frozen=True)
class Listener:
    """`process` listens on `port` (its name in the recipe and its number); `clients` name that number."""

    process: str
    name: str
    port: int
    clients: tuple[str, ...]


def listeners(plan: Mapping[str, Any]) -> list[Listener]:
    """Those of a plan whose ports are bound, in the order of its ports.

    Whoever waits for a port to be its own listens on it; else, of those that name it, the one with a
    server's role, else the first.
    """
    found = []
    files = [(str(file["path"]), str(file["text"])) for file in plan.get("files", ())]
    processes = list(plan.get("processes", ()))
    for port in plan.get("ports", ()):
        number = port.get("number")
        if number is None:
            continue
        names = [str(p["name"]) for p in processes if _names(p, str(number), files)]
        owner = next((str(p["name"]) for p in processes if number in _awaited(p)), None)
        if owner is None:
            roles = {str(p["name"]): p.get("role") for p in processes}
            owner = next((name for name in names if roles[name] in _SERVERS), names[0] if names else None)
        if owner is not None:
            clients = tuple(name for name in names if name != owner)
            found.append(Listener(owner, str(port["name"]), int(number), clients))
    return found


def waits_for(plan: Mapping[str, Any], process: str) -> list[tuple[str, str]]:
    """(process, condition) of what must hold before it starts."""
    for found in plan.get("processes", ()):
        if found["name"] == process:
            return [(str(need["process"]), str(need["condition"])) for need in found.get("needs", ())]
    return []


def _awaited(process: Mapping[str, Any]) -> list[object]:
    checks = (process.get("ready") or {}).get("checks", ())
    return [check.get("port") for check in checks if check.get("kind") == "port"]


def _names(process: Mapping[str, Any], number: str, files: list[tuple[str, str]]) -> bool:
    """Its command, its environment or a file that its command names has the number."""
    pattern = re.compile(rf"(?<!\d){number}(?!\d)")
    words = [*map(str, process.get("argv", ())), *map(str, (process.get("env") or {}).values())]
    texts = [text for path, text in files if any(path in word for word in words)]
    return any(pattern.search(text) for text in [*words, *texts])
