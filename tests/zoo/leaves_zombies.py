"""Never waits for its children, and leaves the supervisor orphans that end at once.

Arguments: how many of each; the file that says when all of them have ended.
"""

import os
import sys
import time
from pathlib import Path

count, path = int(sys.argv[1]), Path(sys.argv[2])
ended, alive = os.pipe()
for _ in range(count):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.1)  # its parent ends first
        os._exit(0)
os.close(alive)
os.read(ended, 1)  # until nobody holds the other end
path.write_text("there")
print("children left unwaited for")
time.sleep(600)
