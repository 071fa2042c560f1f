"""Fills the file system its run folder is on, by its own output, then goes on and says so in a file."""

import sys
from pathlib import Path

size, path = int(sys.argv[1]), Path(sys.argv[2])
line = "a line of a hundred bytes or so that nobody needs to read twice, and yet it is written ever again.\n"
for _ in range(size // len(line)):
    sys.stdout.write(line)
sys.stdout.flush()
path.write_text("written to the end")
