"""A server of three clients: rounds over sockets, averages those who answer, prints what it does.

Arguments: how many rounds; the file for its port; `silent N`: falls silent for ever in round N.
"""

import contextlib
import json
import socket
import sys
import time
from pathlib import Path

rounds, path, words = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
silent = int(words[words.index("silent") + 1]) if "silent" in words else 0
with socket.create_server(("127.0.0.1", 0)) as server:
    path.write_text(str(server.getsockname()[1]))
    print("server running")
    clients = []
    while len(clients) < 3:
        connection, _ = server.accept()
        clients.append(connection.makefile("rw"))
        print(f"client connected: {len(clients)} of 3")
for number in range(1, rounds + 1):
    print(f"[ROUND {number}]")
    if number == silent:
        time.sleep(600)
    answers = []
    for client in clients:
        with contextlib.suppress(OSError):
            client.write(f"{number}\n")
            client.flush()
    for client in clients:
        with contextlib.suppress(OSError, ValueError):
            answers.append(float(client.readline()))
    if len(answers) < 3:
        print(f"received {len(answers)} results and {3 - len(answers)} failures")
    accuracy = sum(answers) / max(1, len(answers))
    print(json.dumps({"metric": {"round": number, "scope": "global", "accuracy": accuracy}}))
