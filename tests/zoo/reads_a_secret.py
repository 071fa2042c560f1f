"""Reads a secret with its echo off (getpass), proves that it has it, and says too much if asked to."""

import getpass
import hashlib
import os
import sys

print(f"terminal: {os.isatty(0)} {os.isatty(1)} {os.isatty(2)}")
secret = getpass.getpass("Token: ")
print("sha256", hashlib.sha256(secret.encode()).hexdigest())
if "tells" in sys.argv[1:]:
    print(f"logged in with {secret}!")
    sys.stderr.write(f"still using {secret}")
    sys.stderr.flush()
    input()
