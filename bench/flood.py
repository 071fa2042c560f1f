"""The load of the drain row: LINES lines as fast as they can be written, and their sha256.

python flood.py CLIENT [LINES [FOLDER CLIENTS]]: with a folder, it ends when all clients have written.
With FLOOD_GATE in the environment it begins when that file is there.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

LINES = 200_000


def line(client: int, number: int) -> bytes:
    return b"%06d client-%d INFO step loss 0.%05d accuracy 0.%05d\n" % (
        number,
        client,
        number % 99991,
        number % 99989,
    )


def digest(client: int, lines: int = LINES) -> str:
    whole = hashlib.sha256()
    for start in range(0, lines, 1000):
        whole.update(b"".join(line(client, n) for n in range(start, min(start + 1000, lines))))
    return whole.hexdigest()


if __name__ == "__main__":
    client, lines = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    out = sys.stdout.buffer
    gate = os.environ.get("FLOOD_GATE")
    while gate and not Path(gate).exists():
        time.sleep(0.02)
    for start in range(0, lines, 100):
        out.write(b"".join(line(client, n) for n in range(start, min(start + 100, lines))))
        out.flush()
    if len(sys.argv) > 4:
        folder, clients = Path(sys.argv[3]), int(sys.argv[4])
        (folder / f"wrote-{client}").touch()
        while len(list(folder.glob("wrote-*"))) < clients:
            time.sleep(0.05)
