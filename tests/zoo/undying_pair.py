"""Two processes, each in a session of its own and deaf to SIGTERM and SIGHUP; each starts the other
again when it is gone. They give up after a minute, should nobody get the better of them.

Arguments: the file that says when both live.
"""

import os
import signal
import sys
import time
from pathlib import Path

path, last = Path(sys.argv[1]), time.monotonic() + 60


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def live(partner: int) -> None:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    while time.monotonic() < last:
        if partner == 0 or gone(partner):
            me = os.getpid()
            partner = os.fork()
            if partner == 0:
                live(me)
            path.write_text("there")
        time.sleep(0.02)
    os._exit(0)


if os.fork() == 0:
    live(0)
while not path.exists():
    time.sleep(0.01)
print("a pair")
time.sleep(600)
