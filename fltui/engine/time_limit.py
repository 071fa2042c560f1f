"""How long a pure computation may take: a pattern of a recipe may be one that needs years for a line.

Python's `re` looks for signals while it searches, so a timer of the process's own CPU time can end it.
(CPU time, not the clock's: on a busy machine nothing is cut short.)
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_armed = False


class TooSlow(Exception):
    """The computation took longer than it may."""


@contextmanager
def at_most(cpu_s: float) -> Iterator[None]:
    """Raises TooSlow out of its block after `cpu_s` seconds of CPU time: nothing in it may be half done then.

    On a thread that is not the main one there is no limit: Python gives signals to the main one only.
    """
    global _armed
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if signal.getsignal(signal.SIGVTALRM) is not _ring:
        signal.signal(signal.SIGVTALRM, _ring)
    _armed = True
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        _armed = False  # a signal that is under way already is late, and means nothing any more
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _ring(number: int, frame: object) -> None:
    if _armed:
        raise TooSlow
