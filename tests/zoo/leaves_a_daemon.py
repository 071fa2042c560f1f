"""Forks twice, leaves a daemon in a session of its own, and ends; the daemon's output goes to a file.

Arguments: the file for its pid; then what it is: `plain`, or `stubborn` (ignores signals).
"""

import os
import signal
import sys
import time
from pathlib import Path

path, kind = Path(sys.argv[1]), sys.argv[2]
if os.fork():
    os.wait()
    while not path.exists():
        time.sleep(0.01)
    print("daemon started")
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
null = os.open(os.devnull, os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)
if kind == "stubborn":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
path.with_suffix(".new").write_text(str(os.getpid()))
path.with_suffix(".new").rename(path)
time.sleep(600)
