"""Asked to end, it starts somebody who does not: a session of its own, deaf to SIGTERM.

Arguments: the file for the heir's pid.
"""

import os
import signal
import sys
import time
from pathlib import Path

path = Path(sys.argv[1])


def bequeath(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        path.with_suffix(".new").write_text(str(os.getpid()))
        path.with_suffix(".new").rename(path)
        time.sleep(600)
    os._exit(0)


signal.signal(signal.SIGTERM, bequeath)
print("ready to bequeath")
while True:
    time.sleep(600)
