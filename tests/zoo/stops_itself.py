"""Stops itself with SIGSTOP while it writes, and so does its child, which left group and session.

Both would clean up on SIGTERM, if only they could go on.
"""

import os
import signal
import sys


def clean_up(*_: object) -> None:
    os.write(1, b"cleaned up\n")
    os._exit(0)


signal.signal(signal.SIGTERM, clean_up)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
sys.stdout.write(f"writing as {os.getpid()}\n")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGSTOP)
while True:
    signal.pause()
