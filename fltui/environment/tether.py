"""Starts a program that ends with us: `python -I -S tether.py PPID ARGV…`.

Stands alone (imports nothing of fltui). A builder that is SIGKILLed cannot end its uv, and a uv that
lives on would write into the folder that the next builder clears.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was set
        os._exit(1)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"error: cannot start {argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


main()
