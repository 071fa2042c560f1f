"""CPU, memory and count of process trees, from one process table for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fltui.facts.records import Resource
from fltui.probe.processes import Entry, ProcessTable

_MB = 1024 * 1024


@dataclass
class Usage:
    """What one tree has used. `cpu_percent`: of one core since the sample before, None in the first;
    `cpu_s`: of the tree since its start, ended members included; `rss_mb`: resident now (pages that
    members share count once for each); `max_rss_mb`: the highest such sample."""

    cpu_percent: float | None = None
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    max_rss_mb: float = 0.0
    processes: int = 0


@dataclass
class _Tree:
    usage: Usage = field(default_factory=Usage)
    at: float | None = None
    members: dict[int, Entry] = field(default_factory=dict)
    ended_cpu_s: float = 0.0  # of members that ended and whom no living member reaped


class TreeUsage:
    """Samples trees by name, call after call; a name keeps its totals over restarts."""

    def __init__(self) -> None:
        self._trees: dict[str, _Tree] = {}

    def sample(self, table: ProcessTable, trees: Mapping[str, Iterable[int]], now: float) -> dict[str, Usage]:
        """Takes the pids of each tree as of `table`, read at time `now` (seconds, any zero)."""
        return {name: self._sample(name, table, pids, now) for name, pids in trees.items()}

    def usage(self, name: str) -> Usage:
        """The last sample of a tree; zeros for one that was never sampled."""
        tree = self._trees.get(name)
        return tree.usage if tree else Usage()

    def _sample(self, name: str, table: ProcessTable, pids: Iterable[int], now: float) -> Usage:
        tree = self._trees.setdefault(name, _Tree())
        members = {pid: entry for pid in pids if (entry := table.entries.get(pid)) is not None}
        for pid, before in tree.members.items():
            entry = table.entries.get(pid)
            if entry is not None and entry.start_time == before.start_time:
                members[pid] = entry  # a zombie, or one that its tree lost sight of
            elif before.ppid not in members:
                # A living parent has the time of a child it reaped in its own `waited_cpu_s`.
                tree.ended_cpu_s += before.cpu_s + before.waited_cpu_s
        total = tree.ended_cpu_s + sum(entry.cpu_s + entry.waited_cpu_s for entry in members.values())
        living = [entry for entry in members.values() if entry.lives]
        before_s = tree.usage.cpu_s
        cpu_s = max(before_s, total)
        percent = None
        if tree.at is not None and now > tree.at:
            percent = round(100 * (cpu_s - before_s) / (now - tree.at), 1)
        rss_mb = sum(entry.rss for entry in living) / _MB
        highest = max(tree.usage.max_rss_mb, rss_mb)
        tree.usage = Usage(percent, cpu_s, rss_mb, highest, len(living))
        tree.at, tree.members = now, members
        return tree.usage


def resource(name: str, usage: Usage, t: float, gpu_memory_mb: float | None = None) -> Resource:
    """A tree's usage as a row of resources.jsonl, taken at Unix time `t`."""
    return Resource(
        t=round(t, 3),
        process=name,
        cpu_percent=usage.cpu_percent,
        cpu_s=round(usage.cpu_s, 2),
        rss_mb=round(usage.rss_mb, 1),
        processes=usage.processes,
        gpu_memory_mb=gpu_memory_mb,
    )
