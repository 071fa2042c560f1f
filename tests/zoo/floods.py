"""Writes N lines as fast as it can, then the sha256 of all of them to a file."""

import hashlib
import sys

count, path = int(sys.argv[1]), sys.argv[2]
data = "".join(
    f"2026-11-24 10:15:{number % 60:02} INFO step {number} loss {1 / (number + 1):.6f} {'#' * (number % 90)}\n"
    for number in range(count)
).encode()
with open(path, "w", encoding="ascii") as file:
    file.write(hashlib.sha256(data).hexdigest())
sys.stdout.buffer.write(data)
