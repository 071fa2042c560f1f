"""Ports just before a start: chosen, reserved against every other run of this user, written in.

Free ports are taken below the kernel's ephemeral range: from within it a client's outgoing
connection may take a port between our look and the server's bind. A reservation is an flock on
`<state>/ports/PORT`; its file descriptor is handed to the supervisor, so it ends with the run
however the run ends. The files stay: to remove a locked file is to lock two.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import random
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from fltui.facts.codec import from_json, to_json
from fltui.facts.late import fill, map_text
from fltui.facts.plan import LaunchPlan, Port
from fltui.facts.site import state_folder
from fltui.probe.listeners import owner_of_port

_FIRST = 10_000
_EPHEMERAL_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MOST_TRIES = 2000


class PortBusy(Exception):
    """A port that must be this one is somebody else's (exit code 3). The text is a sentence."""


class NoPort(Exception):
    """No free port could be found, or none could be reserved. The text is a sentence."""


def reserve(plan: LaunchPlan, rng: random.Random | None = None) -> tuple[LaunchPlan, list[int]]:
    """The plan with all ports bound, and the file descriptors that hold their reservations.

    Closing them (all their copies) gives the ports back. Raises PortBusy, NoPort.
    """
    numbers: dict[str, int] = {}
    locks: list[int] = []
    try:
        for port in plan.ports:
            if port.fixed and port.number is not None:
                locks.append(_take_fixed(port, plan.run))
                numbers[port.name] = port.number
        candidates = _candidates(rng or random.Random())
        for port in plan.ports:
            if port.name not in numbers:
                number, lock = _take_free(port, plan.run, candidates)
                numbers[port.name] = number
                locks.append(lock)
    except BaseException:
        for lock in locks:
            os.close(lock)
        raise
    return bind(plan, numbers), locks


def bind(plan: LaunchPlan, numbers: Mapping[str, int]) -> LaunchPlan:
    """The plan with the late names of ports replaced by `numbers`, in every text of it."""
    filled = map_text(to_json(plan), lambda text: fill(text, "ports", numbers))
    for process in filled["processes"]:
        for check in process["ready"]["checks"] if process["ready"] else ():
            if isinstance(check["port"], str) and check["port"].isdigit():
                check["port"] = int(check["port"])
    bound = from_json(LaunchPlan, filled)
    ports = tuple(
        dataclasses.replace(port, number=numbers.get(port.name, port.number)) for port in plan.ports
    )
    return dataclasses.replace(bound, ports=ports)


def ephemeral_range() -> tuple[int, int]:
    """The first and last port that the kernel gives to outgoing connections."""
    try:
        first, last = _EPHEMERAL_FILE.read_text(encoding="ascii").split()
        return int(first), int(last)
    except (OSError, ValueError):
        return 32_768, 60_999  # Linux' own default, where /proc is hidden


def is_free(number: int) -> bool:
    """Whether a server could bind `number` on any address now."""
    return _bind_error(number) is None


def _take_fixed(port: Port, run: str) -> int:
    number = port.number or 0
    lock, holder = _lock(number, run)
    if lock is None:
        raise PortBusy(
            f"port {number} ({port.name}) is reserved by {holder}; stop it, or choose another port"
        )
    error = _bind_error(number)
    if error is None:
        return lock
    os.close(lock)
    if error == errno.EACCES:
        raise PortBusy(f"port {number} ({port.name}) may only be used by root; choose one from 1024")
    owner = owner_of_port(number)
    if owner is None:
        who = "is held by a socket that does not listen"
    elif owner.pid:
        who = f"belongs to pid {owner.pid} ({owner.command})"
    else:
        who = f"belongs to {owner.command}"
    raise PortBusy(f"port {number} ({port.name}) {who}; stop that, or choose another port")


def _take_free(port: Port, run: str, candidates: Iterator[int]) -> tuple[int, int]:
    for number in candidates:
        if not is_free(number):
            continue
        lock, _ = _lock(number, run)
        if lock is None:
            continue
        if is_free(number):
            return number, lock
        os.close(lock)
    raise NoPort(f"no free port was found for {port.name} after {_MOST_TRIES} tries")


def _candidates(rng: random.Random) -> Iterator[int]:
    first, _ = ephemeral_range()
    below = range(_FIRST, first)
    # A machine may give nearly all ports to outgoing connections; then there is no safe place.
    pool: range = below if len(below) >= 1000 else range(_FIRST, 65_536)
    return iter(rng.sample(pool, min(len(pool), _MOST_TRIES)))


def _lock(number: int, run: str) -> tuple[int | None, str]:
    """A lock on the port's file, or None and who has it."""
    folder = state_folder() / "ports"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NoPort(f"ports cannot be reserved in {folder}: {error.strerror}") from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 200, 0).decode("utf-8", "replace").strip()
        os.close(fd)
        return None, f"the run {holder}" if holder else "another run"
    # On a full disk the lock holds all the same, only nameless.
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{run}\n".encode(), 0)
    return fd, ""


def _bind_error(number: int) -> int | None:
    """The errno of binding and listening on `number` for all addresses; None: it is free.

    With SO_REUSEADDR, as servers do: connections of an earlier run in TIME_WAIT do not count, a
    listener does. The IPv6 socket covers IPv4 as well.
    """
    for family, address in ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                if family == socket.AF_INET6:
                    trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((address, number))
                trial.listen(1)
                return None
        except OSError as error:
            if family == socket.AF_INET6 and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                continue  # a machine without IPv6
            return error.errno
    return None
