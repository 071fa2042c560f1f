"""Listens on PORT (0: any), prints it and lives on: a stranger where no run owns it."""

import socket
import sys
import time

with socket.create_server(("127.0.0.1", int(sys.argv[1])), reuse_port=True) as server:
    print(server.getsockname()[1], flush=True)
    time.sleep(600)
