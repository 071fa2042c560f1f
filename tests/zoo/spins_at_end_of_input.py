"""Reads its input to the end and then spins, as a prompt loop does that takes "" for a bad answer."""

import sys

while True:
    word = sys.stdin.readline().strip()
    if word == "quit":
        break
