"""Tells whether TFF's worker still computes: TFF itself prints nothing in a round."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from metric_line import print_line

EVERY_S = 10.0
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
    """While its block runs, every ten seconds a line with the CPU time that the worker has had in it. One that
    had none, because it hangs or is gone, gets no line."""

    def __init__(self, doing: str) -> None:
        self.doing, self.done = doing, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> WorkerWatch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        begun = said = cpu_of_children()
        while not self.done.wait(EVERY_S):
            now = cpu_of_children()
            if now - said >= LEAST_CPU_S:
                print_line(f"{self.doing}: TFF's worker has computed for {now - begun:,.0f} CPU s")
                said = now
            elif now < said:  # another worker
                begun = said = now
