"""Tells whether TFF's worker still computes: TFF itself prints nothing in a round."""

from __future__ import annotations

import os
from pathlib import Path

from metric_line import print_line

LEAST_CPU_S = 1.0


def cpu_of_children() -> float:
    """Seconds of CPU that this process's children have had; 0 where there is no /proc."""
    ticks, this = 0, str(os.getpid())
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            # after the command, which is in brackets and may hold anything: state, parent, …
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if fields[1] == this:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class WorkerWatch:
    """`look()` prints the CPU time that the worker has had since the beginning. One that had none since the last
    look, because it hangs or is gone, gets no line."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.begun = self.said = cpu_of_children()

    def look(self) -> None:
        now = cpu_of_children()
        if now - self.said >= LEAST_CPU_S:
            print_line(f"{self.doing}: TFF's worker has computed for {now - self.begun:,.0f} CPU s")
            self.said = now
        elif now < self.said:  # another worker
            self.begun = self.said = now
