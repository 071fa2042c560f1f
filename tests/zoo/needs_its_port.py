"""Listens on PORT as most servers do: says so and lives on, or says that it is taken and exits 1.

With a FILE it exits only when that is there.
"""

import errno
import os
import socket
import sys
import time

try:
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
        print("listening", flush=True)
        time.sleep(600)
except OSError as error:
    if error.errno != errno.EADDRINUSE:
        raise
    print(f"error: port {sys.argv[1]} is in use", flush=True)
    while len(sys.argv) > 2 and not os.path.exists(sys.argv[2]):
        time.sleep(0.02)
    sys.exit(1)
