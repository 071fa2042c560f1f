"""Never waits for its children, and leaves the supervisor orphans that end at once.

Arguments: how many of each; the file that says when they are there.
"""

import os
import sys
import time
from pathlib import Path

count, path = int(sys.argv[1]), Path(sys.argv[2])
for _ in range(count):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.1)  # long enough to lose its parent first
        os._exit(0)
path.write_text("there")
print("children left unwaited for")
time.sleep(600)
