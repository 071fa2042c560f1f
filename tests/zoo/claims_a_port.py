"""Prints that it listens on PORT, which it does not: somebody else may hold it."""

import sys
import time

print(f"listening on {sys.argv[1]}")
time.sleep(600)
