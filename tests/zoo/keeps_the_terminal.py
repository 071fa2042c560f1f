"""Its leader ends well, a child of it keeps the terminal open and writes on."""

import os
import signal
import sys
import time

signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork():
    sys.stdout.write("leader ends\n")
    sys.exit(0)
for _ in range(600):
    sys.stdout.write("still here\n")
    time.sleep(0.1)
