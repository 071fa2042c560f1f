"""Asks every client for a number in each round and prints the mean."""

import json
import socket
import sys

with open(sys.argv[1]) as file:
    plan = json.load(file)
listener = socket.create_server(("127.0.0.1", plan["port"]))
print("listening", flush=True)
clients = []
while len(clients) < plan["clients"]:
    stream = listener.accept()[0].makefile("rw")
    print(f"client {stream.readline().strip()} joined", flush=True)
    clients.append(stream)
for number in range(1, plan["rounds"] + 1):
    print(f"round {number} begins", flush=True)
    answers = []
    for stream in clients:
        stream.write(f"{number}\n")
        stream.flush()
        answers.append(float(stream.readline()))
    mean = sum(answers) / len(answers)
    print(json.dumps({"metric": {"round": number, "scope": "global", "mean": mean}}), flush=True)
