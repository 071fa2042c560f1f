"""Starts a child that leaves its group and session, and ignores SIGTERM and SIGHUP.

Arguments: the file for the child's pid; `bare` gives it an empty environment too, so that nothing in
it names the run; then `orphan`: the one between us and it ends first.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

CHILD = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
path = pathlib.Path(sys.argv[1])
path.with_suffix(".new").write_text(str(os.getpid()))
path.with_suffix(".new").rename(path)
time.sleep(600)
"""

path, words = Path(sys.argv[1]), sys.argv[2:]
if "orphan" in words and os.fork() == 0:
    os.setsid()
elif "orphan" in words:
    os.wait()
    while not path.exists():
        time.sleep(0.01)
    print("escaped")
    time.sleep(600)
subprocess.Popen(
    [sys.executable, "-c", CHILD, str(path)],
    env={} if "bare" in words else None,
    start_new_session=True,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
while not path.exists():
    time.sleep(0.01)
if "orphan" in words:
    os._exit(0)
print("escaped")
time.sleep(600)
