"""The supervisor's end of the control socket: one JSON object a line, each answered by one line.

Only the same user may speak (SO_PEERCRED). A connection that said `own` stops the run when it closes.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fltui.engine.child import InputError
from fltui.engine.loop import READ, WRITE, Loop
from fltui.facts.request import Request, RequestError, parse_request

_LONGEST_REQUEST = 64 * 1024
_MOST_CONNECTIONS = 100
_MOST_UNREAD = 256 * 1024  # bytes of answers that nobody fetched
_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid; a uid may have all 32 bits
_NO_ROOM_S = 1.0
Handler = Callable[[Request], dict[str, Any]]


@dataclass
class Connection:
    sock: socket.socket
    incoming: bytes = b""
    outgoing: bytes = b""
    owns: bool = field(default=False)


class ControlSocket:
    """Serves `handler` on a listening socket. `own` and `detach` are handled here; `owner_left` is
    called when the last connection that owns the run has closed."""

    def __init__(
        self, listener: socket.socket, loop: Loop, handler: Handler, owner_left: Callable[[], None]
    ) -> None:
        self._listener = listener
        self._loop = loop
        self._handler = handler
        self._owner_left = owner_left
        self._connections: dict[int, Connection] = {}
        self.was_owned = False
        self.detached = False
        listener.setblocking(False)
        self._listen()

    def _listen(self) -> None:
        if self._listener.fileno() >= 0:  # else closed meanwhile
            self._loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        for connection in list(self._connections.values()):
            self._drop(connection, tell=False)
        self._loop.unwatch(self._listener.fileno())
        self._listener.close()

    def _accept(self, events: int) -> None:
        try:
            sock, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:  # out of files or memory: who waits is heard later, and until then costs no CPU
            self._loop.unwatch(self._listener.fileno())
            self._loop.later(_NO_ROOM_S, self._listen)
            return
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        stranger = _CREDENTIALS.unpack(credentials)[1] != os.getuid()
        if stranger or len(self._connections) >= _MOST_CONNECTIONS:
            sock.close()
            return
        sock.setblocking(False)
        connection = Connection(sock)
        self._connections[sock.fileno()] = connection
        self._loop.watch(sock.fileno(), lambda events: self._serve(connection, events))

    def _serve(self, connection: Connection, events: int) -> None:
        if events & WRITE:
            self._flush(connection)
        if not events & READ:
            return
        try:
            data = connection.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.incoming += data
        *lines, connection.incoming = connection.incoming.split(b"\n")
        for line in lines:
            self._reply(connection, self._answer(connection, line))
        if not data or len(connection.incoming) > _LONGEST_REQUEST:
            self._drop(connection)

    def _answer(self, connection: Connection, line: bytes) -> dict[str, Any]:
        try:
            request = parse_request(json.loads(line))
            if request.do == "own":
                connection.owns = self.was_owned = True
                return {"ok": True}
            if request.do == "detach":
                self.detached = True
                for other in self._connections.values():
                    other.owns = False
                return {"ok": True}
            return {"ok": True, **self._handler(request)}
        except (RequestError, InputError) as error:
            return {"ok": False, "error": str(error)}
        except (ValueError, RecursionError) as error:
            return {"ok": False, "error": f"not a line of JSON: {error}"}

    def _reply(self, connection: Connection, answer: dict[str, Any]) -> None:
        connection.outgoing += json.dumps(answer).encode() + b"\n"
        self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        fd = connection.sock.fileno()
        if fd < 0:
            return
        try:
            sent = connection.sock.send(connection.outgoing) if connection.outgoing else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        if sent:
            connection.outgoing = connection.outgoing[sent:]
        if len(connection.outgoing) > _MOST_UNREAD:
            self._drop(connection)
            return
        self._loop.watch(
            fd, lambda events: self._serve(connection, events), READ | WRITE if connection.outgoing else READ
        )

    def _drop(self, connection: Connection, tell: bool = True) -> None:
        fd = connection.sock.fileno()
        if fd < 0:
            return
        self._loop.unwatch(fd)
        del self._connections[fd]
        connection.sock.close()
        if tell and connection.owns and not any(other.owns for other in self._connections.values()):
            self._owner_left()
