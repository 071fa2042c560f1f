"""Readiness looks at the process table only when somebody listens."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from engines import program

from fltui.engine.loop import Loop
from fltui.engine.readiness import Readiness
from fltui.engine.tool import Tools
from fltui.facts import plan as facts
from fltui.record.writer import RunWriter


def test_who_waits_for_a_port_costs_no_look_at_all_processes_until_somebody_listens(tmp_path: Path) -> None:
    loop = Loop()
    looks: list[float] = []
    decided: list[str | None] = []

    def own_pids() -> set[int]:
        looks.append(loop.clock())
        return {os.getpid()}

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        ready = facts.Readiness((facts.Check("port", port=listener.getsockname()[1]),), 60)
        tools = Tools(loop, RunWriter.create(tmp_path / "run", {}), {})
        Readiness(program("server", "x", ready=ready), {}, loop, tools, own_pids, {}, decided.append)
        for _ in range(3):
            loop.turn()
        assert looks == []
        listener.listen()
        while not decided:
            loop.turn()
    assert (decided, len(looks)) == ([None], 1)
