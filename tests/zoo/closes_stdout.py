"""Closes its standard streams and lives on; says so in a file, later on its terminal again."""

import os
import sys
import time
from pathlib import Path

path, seconds = Path(sys.argv[1]), float(sys.argv[2])
print("closing")
for fd in (0, 1, 2):
    os.close(fd)
end = time.monotonic() + seconds
while time.monotonic() < end:
    path.with_suffix(".new").write_text(str(time.monotonic()))
    path.with_suffix(".new").rename(path)
    time.sleep(0.05)
if "return" in sys.argv[3:]:
    os.write(os.open("/dev/tty", os.O_WRONLY), b"back on the terminal\n")
os._exit(0)
