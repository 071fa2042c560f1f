"""Becomes another user, as what is started by sudo does: who started it may not signal it any more."""

import os
import signal
import time

signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.setgid(65534)
os.setuid(65534)
print("another user", flush=True)
time.sleep(600)
