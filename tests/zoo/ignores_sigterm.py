"""Ignores SIGTERM, SIGINT and SIGHUP; with a child that does the same."""

import os
import signal
import sys
import time

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
os.fork()
sys.stdout.write(f"ignoring as {os.getpid()}\n")
time.sleep(600)
