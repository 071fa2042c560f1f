"""Stops itself with SIGSTOP while it writes, and so does its child, which left the group."""

import os
import signal
import sys
import time

child = os.fork()
if child == 0:
    os.setsid()
sys.stdout.write(f"writing as {os.getpid()}")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGSTOP)
print("went on")
time.sleep(600)
