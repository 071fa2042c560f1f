"""What the processes of a run do while the federation is silent: who computes, and who is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fltui.facts.names import some

_LEAST_SHARE = 0.05  # of one core, since the silence began: less is no computing, only waiting


@dataclass(frozen=True)
class Held:
    """Since when a process is held by a stop signal: Unix time, and the round that was under way."""

    pid: int
    at: float
    round: int | None


class Activity:
    """CPU time of each process tree since the last progress, and in which a process is held by a stop signal.

    Nobody can see from outside that a process hangs. That it has not computed, or is the only one that
    has, often says which one to look at."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._before: Mapping[str, float] = {}
        self._now: Mapping[str, float] = {}
        self.held: dict[str, Held] = {}  # by the name of the tree

    def sample(self, last_progress: float, cpu_s: Mapping[str, float]) -> None:
        """Takes the CPU seconds of the trees of all living processes."""
        if last_progress != self._since:
            self._since, self._before = last_progress, cpu_s
        self._now = cpu_s

    def hold(
        self, pids: Mapping[str, int], at: float, number: int | None
    ) -> tuple[list[str], dict[str, Held]]:
        """Takes who is held now, at Unix time `at` in round `number`; returns who is so since this look, and
        who is no more."""
        began = [name for name in pids if name not in self.held]
        over = {name: held for name, held in self.held.items() if name not in pids}
        kept = {name: held for name, held in self.held.items() if name in pids}
        self.held = kept | {name: Held(pids[name], at, number) for name in began}
        return began, over

    def sentences(self, silent_s: float) -> list[str]:
        """What to say of `silent_s` seconds without progress; nothing of a run in which nobody lives."""
        told = [held_text(name, held.pid) for name, held in self.held.items()]
        used = {name: seconds - self._before.get(name, 0.0) for name, seconds in self._now.items()}
        computed = sorted(
            (name for name in used if used[name] >= _LEAST_SHARE * silent_s), key=lambda name: -used[name]
        )
        if computed:
            told.append(
                f"meanwhile computed: {some([f'{name} ({used[name]:.0f} CPU s)' for name in computed])}"
            )
        elif used:
            told.append("meanwhile nobody computed")
        return told


def held_text(name: str, pid: int) -> str:
    return f"{name} is held by a stop signal (SIGSTOP, Ctrl-Z); `kill -CONT {pid}` lets it go on"
