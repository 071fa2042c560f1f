"""When is a process ready? All its checks must hold, and the port must be its own."""

from __future__ import annotations

import http.client
import os
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fltui.engine.child import Ending
from fltui.engine.loop import Loop, Timer
from fltui.engine.tally import Tally
from fltui.engine.tool import Tools
from fltui.facts.plan import Check, Process
from fltui.probe.listeners import listeners

_POLL_S = 0.1
_STRANGER_S = 2.0
_TOOL_S = 10.0


class Stamp(NamedTuple):
    """A file at one moment. Two stamps differ when somebody wrote in between."""

    inode: int
    size: int
    mtime_ns: int


class Stranger(NamedTuple):
    """Who listens on a port of ours, since the loop's time `since`."""

    since: float
    words: str


FilesBefore = Mapping[Check, Stamp | None]


def files_before(process: Process) -> FilesBefore:
    """What lies already where the checks of `process` look for a file: it says nothing of the next start."""
    checks = process.ready.checks if process.ready else ()
    return {check: _stamp(str(check.path)) for check in checks if check.kind == "file"}


class Readiness:
    """The readiness of one incarnation; calls `decided(None)` when ready, `decided(reason)` when
    it cannot become so. A listener that is not of our own tree is a stranger: no readiness. A file
    counts that is another than what was there before (`files`)."""

    def __init__(
        self,
        process: Process,
        tallies: dict[Check, Tally],
        loop: Loop,
        tools: Tools,
        own_pids: Callable[[], set[int]],
        files: FilesBefore,
        decided: Callable[[str | None], None],
    ) -> None:
        assert process.ready is not None
        self._process = process
        self._checks = process.ready.checks
        self._timeout_s = process.ready.timeout_s
        self._tallies = tallies
        self._loop = loop
        self._tools = tools
        self._own_pids = own_pids
        self._files = files
        self._decided = decided
        self._held: set[Check] = set()
        self._busy: set[Check] = set()
        self._strangers: dict[int, Stranger] = {}  # by port; who has left is forgotten
        self._open = True
        self._limit: Timer = loop.later(self._timeout_s, self._timed_out)
        self._poll()

    def close(self) -> None:
        """The incarnation ended: nothing is waited for any more."""
        self._open = False
        self._limit.cancel()

    def ended(self, how: str) -> None:
        """The process ended, as `how` says. Where a stranger has its port now, that is why it was never
        ready; else nothing is decided, and its end says what it was. Asks for fresh `own_pids`."""
        self.look()
        if not self._open:
            return
        self.close()
        for check in self._checks:
            if check.kind == "port" and check not in self._held:
                self._port_is_ours(int(check.port or 0))
        if self._strangers:
            self._decided(f"not ready: {self._who()}, which is not part of this run; it {how}")

    def missing(self) -> str:
        """What is still awaited, in words."""
        return " and ".join(_describe(check) for check in self._checks if check not in self._held)

    def look(self) -> None:
        """What can be told at once: lines and files. A process may end right after its ready line."""
        for check in self._checks:
            if check.kind in ("log", "file") and check not in self._held and self._holds(check):
                self._held.add(check)
        self._decide()

    def _poll(self) -> None:
        if not self._open:
            return
        for check in self._checks:
            if check not in self._held and check not in self._busy and self._holds(check):
                self._held.add(check)
        self._decide()
        if self._open:
            self._loop.later(_POLL_S, self._poll)

    def _decide(self) -> None:
        if not self._open:
            return
        since = min((stranger.since for stranger in self._strangers.values()), default=None)
        if len(self._held) == len(set(self._checks)):
            self.close()
            self._decided(None)
        elif since is not None and self._loop.clock() - since > _STRANGER_S:
            self.close()
            self._decided(f"not ready: {self._who()}, which is not part of this run")

    def _timed_out(self) -> None:
        if self._open:
            stranger = f"; {self._who()}" if self._strangers else ""
            self.close()
            self._decided(f"not ready after {self._timeout_s:g} s: waited for {self.missing()}{stranger}")

    def _holds(self, check: Check) -> bool:
        if check.kind == "log":
            return self._tallies[check].count >= check.count
        if check.kind == "file":
            now = _stamp(str(check.path))
            return now is not None and now.size > 0 and now != self._files[check]
        if check.kind == "port":
            return self._port_is_ours(int(check.port or 0))
        self._busy.add(check)
        if check.kind == "http":
            self._ask_http(check)
        else:
            self._tools.run(
                self._process, "ready", check.argv, _TOOL_S, lambda ending: self._answered(check, ending)
            )
        return False

    def _port_is_ours(self, port: int) -> bool:
        try:
            found = listeners(port)
        except OSError:  # out of files: nothing can be told now
            return False
        ours = self._own_pids() if found else set()
        strangers = [listener for listener in found if listener.pid not in ours]
        if not strangers:
            self._strangers.pop(port, None)
            return bool(found)
        now, first = self._loop.clock(), strangers[0]
        since = self._strangers[port].since if port in self._strangers else now
        pid = f"pid {first.pid} ({first.command})" if first.pid else first.command
        self._strangers[port] = Stranger(since, f"port {port} belongs to {pid}")
        return False

    def _who(self) -> str:
        return " and ".join(stranger.words for stranger in self._strangers.values())

    def _answered(self, check: Check, ending: Ending) -> None:
        self._busy.discard(check)
        if ending.exit_code == 0:
            self._held.add(check)

    def _ask_http(self, check: Check) -> None:
        """One request on a thread of its own; the next look takes the answer."""

        def ask() -> None:
            if _status(str(check.url)) == check.status:
                self._held.add(check)
            self._busy.discard(check)

        threading.Thread(target=ask, daemon=True).start()


def _status(url: str) -> int | None:
    """The HTTP status of `url`, or None while nothing answers there."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=2)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)


def _describe(check: Check) -> str:
    if check.kind == "log":
        times = f" {check.count} times" if check.count > 1 else ""
        where = f" in the log of {check.process}" if check.process else " in its log"
        return f"the line /{check.line}/{times}{where}"
    if check.kind == "port":
        return f"a listener on port {check.port}"
    if check.kind == "http":
        return f"{check.url} to answer {check.status}"
    if check.kind == "file":
        return f"the file {check.path} to be written"
    return f"the command {' '.join(check.argv)} to succeed"
