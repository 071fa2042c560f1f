"""Who listens on a TCP port of this machine: the sockets of /proc/net, matched to open files."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass

from fltui.probe.processes import command_of

_LISTEN = "0A"


@dataclass(frozen=True)
class Listener:
    """A process that holds a listening socket; `inode` is the socket's.

    `pid` is 0 where the kernel does not say (a process of another user, or of another container):
    `command` then names the user.
    """

    pid: int
    command: str
    inode: int


def listeners(port: int) -> list[Listener]:
    """Everybody who listens on `port`, IPv4 or IPv6: one entry a process, forked sharers included."""
    users = dict(_listening(port))
    if not users:
        return []
    found: list[Listener] = []
    for pid, inode in _holders({f"socket:[{inode}]": inode for inode in users}):
        found.append(Listener(pid, command_of(pid), inode))
    known = {listener.inode for listener in found}
    hidden = (
        Listener(0, f"a process of {_user(uid)}", inode) for inode, uid in users.items() if inode not in known
    )
    return [*found, *hidden]


def owner_of_port(port: int) -> Listener | None:
    """Who listens on `port`, or None when it is free of listeners."""
    found = listeners(port)
    return found[0] if found else None


def _listening(port: int) -> Iterator[tuple[int, int]]:
    """(inode, uid) of each socket that listens on `port`."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                lines = file.readlines()[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for line in lines:
            part = line.split()
            if part[1].endswith(wanted) and part[3] == _LISTEN:
                yield int(part[9]), int(part[7])


def _holders(names: dict[str, int]) -> Iterator[tuple[int, int]]:
    """(pid, inode) of each process that has one of the sockets open."""
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        folder = f"/proc/{name}/fd"
        seen: set[int] = set()
        try:
            for fd in os.listdir(folder):
                inode = names.get(_link(f"{folder}/{fd}"))
                if inode is not None and inode not in seen:
                    seen.add(inode)
                    yield int(name), inode
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # gone, or not ours to look at


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:  # closed meanwhile
        return ""


def _user(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
