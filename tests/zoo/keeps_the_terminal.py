"""Its leader ends well, a child of it keeps the terminal open and writes on."""

import os
import signal
import sys
import time

if os.fork():
    print("leader ends")
    sys.exit(0)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
while True:
    print("still here")
    time.sleep(0.1)
