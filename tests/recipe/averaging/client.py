"""Answers each round's number with its own number added."""

import socket
import sys

stream = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw")
stream.write(f"{sys.argv[2]}\n")
stream.flush()
for line in stream:
    stream.write(f"{int(line) + int(sys.argv[2])}\n")
    stream.flush()
