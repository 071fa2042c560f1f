"""How a launch reaches the engine: one line on standard input, which may be a pipe or a socket.

Over a socket the file descriptors come with it that hold the locks of the run's ports. They stay
open in guard and supervisor for as long as those live, and no child inherits them.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

ENGINE_LOG = "engine.log"
_MOST_FDS = 253  # the kernel's limit for one message


def from_front_end() -> bool:
    """Standard input is a socket, so a front end waits at its other end."""
    return stat.S_ISSOCK(os.fstat(0).st_mode)


def read_launch_line() -> str:
    """The first line of standard input; empty when there was nothing before its end."""
    if not from_front_end():
        return sys.stdin.readline()
    received = b""
    with socket.socket(fileno=os.dup(0)) as connection:
        while b"\n" not in received:
            part, fds, _, _ = socket.recv_fds(connection, 1 << 20, _MOST_FDS)
            for fd in fds:
                os.set_inheritable(fd, False)
            if not part:
                break
            received += part
    return received.decode()


def keep_errors(folder: Path) -> None:
    """From now on standard error goes to `engine.log` in the run folder."""
    log = os.open(folder / ENGINE_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
