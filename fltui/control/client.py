"""Speaks to the supervisor of a live run: one JSON line there, one back (see facts/request.py)."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from fltui.facts.request import Request
from fltui.record import socket_path
from fltui.record.runs import entry_of

ANSWER_S = 10.0


class RunGone(ConnectionError):
    """Nobody answers for the run: it has ended, or its supervisor died."""


class Refused(RuntimeError):
    """The supervisor answered that it cannot do what was asked; the sentence says why."""


class Supervisor:
    """One connection to a run's supervisor. Not for several threads at once.

    A connection that said `own` keeps the run alive: when it closes without `detach`, for whatever
    reason, the run is stopped.
    """

    def __init__(self, connection: socket.socket, folder: Path) -> None:
        self.folder = folder
        self._socket = connection
        self._received = b""

    @classmethod
    def connect(cls, folder: Path, timeout_s: float = ANSWER_S) -> Supervisor:
        """Connects to the run in `folder`. Raises RunGone when it does not live."""
        try:
            connection = socket_path.connect(folder)
        except OSError as error:
            reason = f"is not alive: nobody listens on its socket ({error.strerror or error})"
            raise RunGone(_why_gone(folder, reason)) from None
        connection.settimeout(timeout_s)
        return cls(connection, folder)

    def fileno(self) -> int:
        """For select: readable without a request under way means that the supervisor has gone."""
        return self._socket.fileno()

    def request(self, request: Request | str, **fields: Any) -> dict[str, Any]:
        """Sends a request and returns the answer's fields.

        Raises Refused with the supervisor's sentence, RunGone when it ended meanwhile or is silent.
        """
        if isinstance(request, str):
            request = Request(request, fields)
        try:
            self._socket.sendall(json.dumps(request.to_line()).encode() + b"\n")
            answer = json.loads(self._line())
        except TimeoutError:
            raise RunGone(f"the supervisor of {self.folder.name} does not answer") from None
        except (OSError, ValueError):
            raise RunGone(_why_gone(self.folder, "ended before it answered")) from None
        if not isinstance(answer, dict) or not answer.get("ok"):
            sentence = answer.get("error") if isinstance(answer, dict) else None
            raise Refused(str(sentence or f"{request.do} was refused without a reason"))
        return answer

    def own(self) -> None:
        """From now on the run ends when this connection closes."""
        self.request("own")

    def detach(self) -> None:
        """The run goes on without us."""
        self.request("detach")

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("closed")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return line


def _why_gone(folder: Path, otherwise: str) -> str:
    """The sentence: by what the record tells, or `otherwise` when it tells of no end (yet)."""
    entry = entry_of(folder)
    if entry is not None and entry.verdict is not None:
        return f"run {folder.name} has ended ({entry.verdict})"
    if entry is not None and entry.crashed:
        return f"run {folder.name} lost its engine; `fltui stop {folder.name}` closes it"
    return f"run {folder.name} {otherwise}"
