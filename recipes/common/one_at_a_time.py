"""What two runs would both make in the cache, one of them makes, and the other waits for it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from metric_line import print_line

SAY_EVERY_S = 10


@contextmanager
def one_at_a_time(folder: Path, does: Callable[[], str]) -> Iterator[None]:
    """One process at a time has `folder`; the kernel gives it free when its owner dies. Who waits says every
    ten seconds what the other `does`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        waited = 0
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited % SAY_EVERY_S == 0:
                    print_line(f"waiting: another run {does()} after {waited} s")
                time.sleep(1)
                waited += 1
        yield
