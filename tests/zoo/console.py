"""Speaks like an aggregator's console: START, TRAIN, SAVE, STOP; silently ignores anything else.

It listens on PORT only once START was typed, and TRAIN does nothing before three parties registered.
Usage: console.py PORT [ROUNDS [PAUSE_S]]
"""

import json
import socket
import sys
import threading
import time

PORT = int(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
PAUSE_S = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
parties = []


def say(text):
    print(text, flush=True)


def listen():
    server = socket.create_server(("127.0.0.1", PORT))
    say("State: CLI_WAIT")
    while True:
        stream = server.accept()[0].makefile("rw")
        parties.append((stream.readline().split()[-1], stream))
        say(f"Adding new party {parties[-1][0]}; {len(parties)} registered")
        print("welcome", file=stream, flush=True)


def train():
    for number in range(1, ROUNDS + 1):
        say(f"[ROUND {number}]")
        for _, stream in parties:
            print("train", number, file=stream, flush=True)
        for name, stream in parties:
            say(f"{name} sent {stream.readline().strip()}")
        time.sleep(PAUSE_S)
        row = {"round": number, "scope": "global", "accuracy": round(1 - 0.4 / (number + 1), 3)}
        say(json.dumps({"metric": row}))
    say("Finished Global Training")


say("Aggregator initialization successful")
started = False
for line in sys.stdin:
    word = line.strip()
    if word == "START" and not started:
        started = True
        threading.Thread(target=listen, daemon=True).start()
    elif word == "TRAIN" and len(parties) < 3:
        say(f"Insufficient number of parties: {len(parties)} of 3")
    elif word == "TRAIN":
        train()
    elif word == "SAVE":
        say("Finished save requests")
    elif word == "STOP":
        for _, stream in parties:
            print("bye", file=stream, flush=True)
        say("Aggregator stop successful")
        break
