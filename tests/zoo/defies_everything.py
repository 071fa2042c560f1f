"""A tree that a killed supervisor must not leave: one that calls setsid and is deaf to SIGHUP and
SIGTERM, one with an empty environment, a daemon, one that is stopped, one that forks on.

Writes their pids into the folder given, one file each as soon as it lives, and works on.
"""

import os
import signal
import sys
import time
from pathlib import Path

folder = Path(sys.argv[1])


def be(name: str) -> None:
    file = folder / f"{name}.{os.getpid()}"
    file.touch()


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def apart(name: str) -> None:
    os.setsid()
    deaf()
    be(name)


if os.fork() == 0:
    apart("apart")
    time.sleep(600)
if os.fork() == 0:
    os.setsid()
    code = (
        "import os, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        f"pathlib.Path({str(folder)!r}, f'bare.{{os.getpid()}}').touch()\ntime.sleep(600)"
    )
    os.execve(sys.executable, [sys.executable, "-c", code], {})
if os.fork() == 0:
    os.setsid()
    deaf()
    if os.fork() == 0:
        be("daemon")
        time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    deaf()
    be("stopped")
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(600)
if os.fork() == 0:
    apart("forks")
    for _ in range(120):
        if os.fork() == 0:
            be("forked")
            time.sleep(600)
        time.sleep(0.5)
be("leader")
print("all there")
for _ in range(1200):  # a minute, should nobody get the better of it
    print("working")
    time.sleep(0.05)
