"""The app of one viewer in a browser: `python -m fltui.cli.served_app PARENT FOLDER`, started by web_view.

Read-only, and gone when the server is, also when that was killed: else it would draw for nobody.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# A browser shows UTF-8 and all colours whatever the terminal of the server can; 15 frames/s are enough.
BROWSER = {"LC_ALL": "C.UTF-8", "TEXTUAL_FPS": "15", "COLORTERM": "truecolor", "TERM": "xterm-256color"}


def main(parent: int, folder: Path) -> int:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was set
        return 1
    os.environ.update(BROWSER)  # before the app is imported, which looks at them
    # By name, as in fltui/cli/app.py: no arrow points from here to there.
    return int(importlib.import_module("fltui.tui.app").main(run=folder, read_only=True) or 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
