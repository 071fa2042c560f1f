"""Reads its input to the end and then spins, as a prompt loop does that takes "" for a bad answer."""

import sys
import time

last = time.monotonic() + 60
while time.monotonic() < last:
    word = sys.stdin.readline().strip()
    if word == "quit":
        break
