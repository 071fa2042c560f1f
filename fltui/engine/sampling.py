"""Once a second: what each process tree and each GPU uses, whether one waits for input, what files say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fltui.engine.activity import held_text
from fltui.engine.child import Child
from fltui.engine.federation import Federation
from fltui.engine.loop import Loop
from fltui.probe.gpu import GpuReading, GpuSampler, gpu_memory, gpu_rows
from fltui.probe.input_wait import reads_terminal
from fltui.probe.tree_usage import TreeUsage, resource
from fltui.record.writer import RunWriter

_QUIET_S = 0.8
_LOOK_AGAIN_S = 5.0
_PROMPT = re.compile(r"[:?>$#\]] ?$")


@dataclass(frozen=True)
class Totals:
    cpu_s: float
    max_rss_mb: float


@dataclass
class _Hint:
    waiting: bool = False
    looked_at: float = -1e9
    output_at: float = -1.0


class Sampling:
    """One pass over /proc for all processes of the run, shared by everything that needs it."""

    def __init__(self, federation: Federation, loop: Loop, writer: RunWriter) -> None:
        self._federation = federation
        self._loop = loop
        self._writer = writer
        self._usage = TreeUsage()
        self._hints: dict[str, _Hint] = {}
        self._gpus: GpuSampler | None = None
        self._gpu_state = ""

    def sample(self) -> None:
        federation = self._federation
        federation.trees.refresh(federation.children.values(), federation.tools.pids)
        table = federation.trees.table
        alive = [child for child in federation.children.values() if child.state.alive]
        members = {child.name: federation.trees.members(child) for child in alive}
        now = self._writer.clock()
        usages = self._usage.sample(table, members, self._loop.clock())
        owners = {pid: name for name, pids in members.items() for pid in pids}
        gpus = self._look_at_gpus()
        memory = gpu_memory(gpus, owners)
        rows = [resource(name, usage, now, memory.get(name)) for name, usage in usages.items()]
        self._writer.resources([*rows, *gpu_rows(gpus, owners, now)])
        self._look_at_activity(members, {name: usage.cpu_s for name, usage in usages.items()})
        for child in alive:
            self._hint(child, members[child.name])
        federation.progress.read_files([child.plan for child in alive])

    def _look_at_activity(self, trees: dict[str, set[int]], cpu_s: dict[str, float]) -> None:
        progress, entries = self._federation.progress, self._federation.trees.table.entries
        held = {
            name: pid
            for name, pids in trees.items()
            for pid in sorted(pids, reverse=True)  # the last counts: the leader, where it is held
            if pid in entries and entries[pid].state == "T"
        }
        activity = self._federation.activity
        activity.sample(progress.last_at, cpu_s)
        began, over = activity.hold(held, self._writer.clock(), self._federation.current_round())
        for name in began:
            progress.note(held_text(name, held[name]), "warning", name, held=True)
        for name, before in over.items():
            if name in trees:  # it lives
                progress.withdraw(held_text(name, before.pid))
                progress.note(f"{name} is held no more", process=name, held=False)

    def _look_at_gpus(self) -> tuple[GpuReading, ...]:
        """The GPUs as last seen. What their driver says of itself is noted when it changes, once."""
        if self._gpus is None:
            self._gpus = GpuSampler()  # not before the first second: importing NVML must not hold up a start
            self._gpus.start()
        latest = self._gpus.latest()
        if latest.state not in (self._gpu_state, "starting"):
            before, self._gpu_state = self._gpu_state, latest.state
            if latest.state != "ok" or before:
                level = "info" if latest.state in ("ok", "none") else "warning"
                self._writer.event("gpu", state=latest.state, text=latest.reason, level=level)
        return latest.gpus

    def totals(self, child: Child) -> Totals:
        """What a child used over all its incarnations: the larger of what was sampled and what the
        kernel said of its leader when it was reaped."""
        usage = self._usage.usage(child.name)
        return Totals(max(usage.cpu_s, child.cpu_s), max(usage.max_rss_mb, child.max_rss_mb))

    def _hint(self, child: Child, members: set[int]) -> None:
        """A hint, not a proof, that a child waits for somebody to type; looked at when it is quiet."""
        if child.plan.stdin != "tty" or child.terminal_device is None:
            return
        hint = self._hints.setdefault(child.name, _Hint())
        now = self._loop.clock()
        if child.output_at == hint.output_at and now - hint.looked_at < _LOOK_AGAIN_S:
            return
        if now - child.output_at < _QUIET_S:
            waiting, prompt = False, ""
        else:
            hint.looked_at, hint.output_at = now, child.output_at
            prompt = child.lines.partial_line[-200:]
            device = child.terminal_device
            waiting = bool(_PROMPT.search(prompt)) or any(reads_terminal(pid, device) for pid in members)
        if waiting != hint.waiting:
            hint.waiting = waiting
            self._writer.event("hint", child.name, waiting=waiting, prompt=prompt)
