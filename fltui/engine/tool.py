"""A short command that belongs to a process: a step's `run`, a stop's `run`, a readiness check."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Mapping

from fltui.engine.child import CANNOT_START, Child, Ending
from fltui.engine.lines import LineReader
from fltui.engine.loop import Loop
from fltui.engine.mask import Mask
from fltui.facts.plan import Process
from fltui.record.writer import RunWriter


class Tools:
    """Starts tools in the surroundings of their owner and knows which still run."""

    def __init__(self, loop: Loop, writer: RunWriter, secrets: Mapping[str, str]) -> None:
        self._loop = loop
        self._writer = writer
        self._secrets = secrets
        self._running: set[Child] = set()

    @property
    def pids(self) -> set[int]:
        return {tool.pid for tool in self._running if tool.pid is not None}

    def run(
        self,
        owner: Process,
        label: str,
        argv: tuple[str, ...],
        timeout_s: float,
        done: Callable[[Ending], None],
    ) -> Callable[[], None]:
        """Runs `argv` to its end, its output in the log `OWNER.LABEL`. Past `timeout_s` it is killed, or
        when the caller calls what this returns."""
        name = f"{owner.name}.{label}"
        plan = dataclasses.replace(
            owner, name=name, argv=argv, stdin="null", ready=None, steps=(), metrics=()
        )
        mask = Mask([value.encode() for value in self._secrets.values()])

        def ended() -> None:
            limit.cancel()
            ending = tool.ending or Ending(None, "SIGKILL")
            tool.signal_group(signal.SIGKILL)
            tool.release()
            self._running.discard(tool)
            if all(other.log is not log for other in self._running):  # two checks of one process share theirs
                log.close()
            done(ending)

        try:
            log = self._writer.log(name)
            tool = Child(plan, self._loop, log, mask, self._writer.clock)
            tool.spawn(LineReader([]), self._secrets, ended)
        except OSError as error:  # out of processes, memory or file descriptors
            text = f"{' '.join(argv)} could not be started: {error.strerror or error}"
            self._writer.event("note", owner.name, text=text, level="warning")
            self._loop.later(0, lambda: done(Ending(CANNOT_START, None)))
            return lambda: None
        self._running.add(tool)

        def kill() -> None:
            tool.signal_group(signal.SIGKILL)

        limit = self._loop.later(timeout_s, kill)
        return kill

    def kill(self) -> None:
        for tool in self._running:
            tool.signal_group(signal.SIGKILL)
