"""How one process is ended, stage by stage, until its whole tree is gone.

    linger   its leader ended by itself: what it left gets a moment to follow
    polite   the recipe's own way: a line or a command
    term     SIGTERM to the leader
    group    SIGTERM to its group and to whoever left it
    kill     SIGKILL to all of them, again and again until they are gone or the time is up
Each stage passes on when its time is up, or at once when the leader has gone (then to `group`).
SIGCONT follows SIGTERM, so that a stopped process can act on it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

from fltui.engine.child import Child, InputError
from fltui.engine.loop import Loop
from fltui.engine.tool import Tools
from fltui.engine.trees import Trees
from fltui.facts.late import fill
from fltui.facts.verdict import Leftover
from fltui.probe.ending import send
from fltui.probe.processes import command_of
from fltui.record.writer import RunWriter

NEXT_STAGE = {"linger": "group", "polite": "term", "term": "group", "group": "kill"}
LINGER_S = 1.0


class Stopping:
    """The stop of one child. `look` is called every few hundredths of a second, after the process
    table was read; `gone(leftovers)` once, when nothing is left or nothing more can be done."""

    def __init__(
        self,
        child: Child,
        trees: Trees,
        loop: Loop,
        tools: Tools,
        writer: RunWriter,
        secrets: Mapping[str, str],
        gone: Callable[[tuple[Leftover, ...]], None],
    ) -> None:
        self.child = child
        self.stage = ""
        self._trees = trees
        self._loop = loop
        self._tools = tools
        self._writer = writer
        self._secrets = secrets
        self._gone = gone
        self._since = loop.clock()
        self._over = False

    def begin(self, stage: str) -> None:
        rule = self.child.plan.stop
        if stage == "polite" and not (rule.send or rule.run):
            stage = "term"
        self._enter(stage)

    def hurry(self) -> None:
        """SIGKILL now."""
        if self.stage != "kill":
            self._enter("kill")

    def look(self) -> None:
        if self._over:
            return None
        survivors = self._trees.survivors(self.child)
        if not self.child.leader_alive and not survivors:
            return self._finish(())
        elapsed = self._loop.clock() - self._since
        if self.stage == "kill":
            self._kill(survivors)
            if elapsed > self.child.plan.stop.kill_s:
                pids = survivors | ({self.child.pid or 0} if self.child.leader_alive else set())
                self._finish(tuple(Leftover(pid, command_of(pid)) for pid in sorted(pids)))
        elif not self.child.leader_alive and self.stage in ("polite", "term"):
            self._enter("group")
        elif elapsed > self._grace():
            self._enter(NEXT_STAGE[self.stage])

    def _grace(self) -> float:
        rule = self.child.plan.stop
        return {"linger": LINGER_S, "polite": rule.polite_s, "term": rule.term_s, "group": rule.group_s}[
            self.stage
        ]

    def _enter(self, stage: str) -> None:
        self.stage = stage
        self._since = self._loop.clock()
        survivors = self._trees.survivors(self.child)
        if stage != "linger":
            self._writer.event(
                "signal", self.child.name, stage=stage, signal=_SIGNALS[stage], survivors=len(survivors)
            )
        if stage == "polite":
            self._ask_politely()
        elif stage == "term":
            self.child.signal(signal.SIGTERM)
            self.child.signal(signal.SIGCONT)
        elif stage == "group":
            self.child.signal_group(signal.SIGTERM)
            self.child.signal_group(signal.SIGCONT)
            send(self._trees.table, survivors, signal.SIGTERM)
            send(self._trees.table, survivors, signal.SIGCONT)
        elif stage == "kill":
            self._kill(survivors)

    def _ask_politely(self) -> None:
        rule = self.child.plan.stop
        if rule.send:
            try:
                self.child.send(fill(rule.send, "inputs", self._secrets))
            except InputError as error:
                self._writer.event(
                    "note", self.child.name, text=f"the polite stop was not sent: {error}", level="warning"
                )
                return self._enter("term")
            offset = self.child.log.offset
            self._writer.event("input", self.child.name, by="stop", text=rule.send, offset=offset)
        if rule.run:
            self._tools.run(self.child.plan, "stop", rule.run, rule.polite_s, lambda ending: None)
        return None

    def _kill(self, survivors: set[int]) -> None:
        self.child.signal(signal.SIGKILL)
        self.child.signal_group(signal.SIGKILL)
        send(self._trees.table, survivors, signal.SIGKILL)

    def _finish(self, leftovers: tuple[Leftover, ...]) -> None:
        self._over = True
        self._gone(leftovers)


_SIGNALS = {"polite": None, "term": "SIGTERM", "group": "SIGTERM", "kill": "SIGKILL"}
