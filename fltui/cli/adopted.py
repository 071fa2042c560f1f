"""As PID 1 of a container, fltui inherits every orphan of it, and nobody else reaps them."""

from __future__ import annotations

import os

from fltui.cli.errors import UsageError
from fltui.probe.processes import ProcessTable


def is_init() -> bool:
    return os.getpid() == 1


def refuse_detach_as_init() -> None:
    """The kernel ends a PID namespace with its PID 1, and a detached run with it."""
    if is_init():
        raise UsageError(
            "--detach makes no sense as PID 1: the container ends with fltui, and the run with it"
        )


def reap_adopted(own: set[int]) -> int:
    """Reaps the zombies among our children except `own`, whom somebody waits for. Returns how many.

    By pid, never `waitpid(-1)`: that would steal the engine's status from its waiter.
    """
    table = ProcessTable.read()
    zombies = [pid for pid in table.children(os.getpid()) if pid not in own and not table.living([pid])]
    for pid in zombies:
        os.waitpid(pid, os.WNOHANG)
    return len(zombies)
