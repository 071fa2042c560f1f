"""Speaks like an aggregator's console: START, TRAIN, SAVE, STOP; silently ignores anything else.

Three parties must have registered (each touches a file in FOLDER) before TRAIN does anything.
Usage: console.py FOLDER
"""

import sys
from pathlib import Path

folder = Path(sys.argv[1])
print("Aggregator initialization successful", flush=True)
for line in sys.stdin:
    word = line.strip()
    parties = len(list(folder.glob("party-*")))
    if word == "START":
        print("State: CLI_WAIT", flush=True)
    elif word == "TRAIN" and parties < 3:
        print("Insufficient number of parties to start training.", flush=True)
    elif word == "TRAIN":
        for number in (1, 2):
            print(
                f'[ROUND {number}]\n{{"metric": {{"round": {number}, "scope": "global", "accuracy": 0.{number + 6}}}}}',
                flush=True,
            )
        print("Finished Global Training", flush=True)
    elif word == "SAVE":
        print("Finished save requests", flush=True)
    elif word == "STOP":
        print("Aggregator stop successful", flush=True)
        break
