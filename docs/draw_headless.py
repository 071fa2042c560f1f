"""Draws docs/pictures/headless.svg: a real `fltui --run digits/flower` on a terminal of its own.

python docs/draw_headless.py
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 100
COMMAND = ["fltui", "--run", "digits/flower"]
_LIVE_LINE = re.compile(r"[^\n]*\r\x1b\[K")


def record() -> str:
    """What the command leaves on the screen: live lines that were rewritten are gone."""
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        os.environ |= {
            "TERM": "xterm-256color",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        os.execvp(COMMAND[0], COMMAND)
    data = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        data += part
    os.waitpid(pid, 0)
    text = data.decode().replace("\r\n", "\n")
    text = _LIVE_LINE.sub("", text)
    # Folders are of one machine; the picture is for all.
    return re.sub(r"(/[^\s)]*?)(/recipes/digits|/fltui/runs)", r"…\2", text)


def main() -> None:
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.assemble(("$ ", "dim"), " ".join(COMMAND)))
    console.print(Text.from_ansi(record().strip("\n")))
    svg = console.export_svg(title="fltui --run digits/flower")
    Path(__file__).parent.joinpath("pictures", "headless.svg").write_text(svg)


if __name__ == "__main__":
    main()
