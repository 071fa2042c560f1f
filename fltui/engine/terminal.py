"""The pseudo-terminal of a child: opened, sized and set so that the log is the child's own bytes."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

_OFLAG, _LFLAG = 1, 3


def open_terminal(columns: int, rows: int) -> tuple[int, int]:
    """A new terminal as (master, slave). The master does not block.

    OPOST is cleared: otherwise the kernel turns each newline of the child into two bytes.
    ECHO stays: an echoed line is part of the log.
    """
    master, slave = os.openpty()
    settings = termios.tcgetattr(slave)
    settings[_OFLAG] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.set_blocking(master, False)
    return master, slave


def hides_input(master: int) -> bool:
    """Whether the terminal reads lines without an echo, as a child sets it to ask for a password.

    One that edits lines itself (readline, prompt_toolkit) turns the echo off too, but reads letters.
    """
    local = termios.tcgetattr(master)[_LFLAG]
    return not local & termios.ECHO and bool(local & termios.ICANON)


def device_number(fd: int) -> int:
    """The device number by which /proc names the terminal behind a slave."""
    return os.fstat(fd).st_rdev
