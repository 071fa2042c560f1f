"""Whether somebody else is on this machine, who can reach the ports that a run opens on loopback."""

from __future__ import annotations

import os
import pwd
import struct
from pathlib import Path

SESSIONS = Path("/run/user")  # one folder for each user that logind knows a session of
UTMP = Path("/run/utmp")
_RECORD = 384
_USER_PROCESS = 7
_FIRST_PERSON = 1000  # users below are the system's own


def others_logged_in(sessions: Path = SESSIONS, utmp: Path = UTMP) -> list[str]:
    """Names of the other people with a session here, by logind and by utmp; empty if unknown."""
    ids = {int(entry.name) for entry in _entries(sessions) if entry.name.isdigit()}
    names = {_name(uid) for uid in ids if uid >= _FIRST_PERSON} | users_in(_content(utmp))
    return sorted(names - {_name(os.getuid()), "root"})


def loopback_note(names: list[str]) -> str | None:
    """The one line that says so, or None."""
    if not names:
        return None
    who = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return f"loopback is shared: {who} can reach this run's ports, too"


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # no logind here, or not ours to look at: then utmp is all there is
        return []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # systems without utmp have logind's folders
        return b""


def users_in(utmp: bytes) -> set[str]:
    """The users of a utmp file's login sessions: utmp(5), records of 384 bytes on Linux."""
    found = set()
    for start in range(0, len(utmp) - _RECORD + 1, _RECORD):
        (kind,) = struct.unpack_from("<h", utmp, start)
        if kind == _USER_PROCESS:
            found.add(utmp[start + 44 : start + 76].rstrip(b"\0").decode("utf-8", "replace"))
    return found


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
