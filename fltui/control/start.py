"""Starts the engine of one run as a session of its own and waits for its one answer line.

The engine is never imported: it is `python -m fltui.engine`, the parent of everything the run has.
Its standard input and output are one socket, over which the launch goes to it, with the file
descriptors that hold the locks of its ports, and one answer line comes back. Afterwards nothing
ties it to the front end but the run folder: the socket is closed and a thread reaps it at its end.

An engine may be warmed up before there is a launch: it imports what it needs while the front end
reads the recipe, which brings the first child forward by the 0.1 s that takes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from fltui.facts.codec import to_json
from fltui.facts.launch import Launch

ENGINE_LOG = "engine.log"
_CLOSES_S = 10.0  # of a guard whose supervisor died: it ends what is left and writes the end of the run
ANSWER_S = 60.0  # a loaded machine with a cold disk takes seconds to import; a hung one never answers

# -P: a folder `fltui` or a file `json.py` where the user stands must not be imported instead.
_ENGINE = (sys.executable, "-P", "-m", "fltui.engine")
_MOST_FDS = 200  # the kernel takes 253 in one message


class StartError(RuntimeError):
    """The engine did not start the run; the sentence says why."""


class Engine:
    """The started engine: its pid, and whether it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], guard: int) -> None:
        self.pid = guard
        self.child_pid = process.pid
        self._reaper = threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True)
        self._reaper.start()

    @property
    def ended(self) -> bool:
        return not self._reaper.is_alive()

    def wait(self, timeout_s: float) -> bool:
        """Waits until it has ended; False when it still runs after `timeout_s` seconds."""
        self._reaper.join(timeout_s)
        return not self._reaper.is_alive()


class WarmEngine:
    """An engine that imports and waits for its launch. Closed without one, it just ends."""

    def __init__(self, command: Sequence[str] = _ENGINE) -> None:
        """Raises StartError when no process can be made."""
        ours, theirs = socket.socketpair()
        # What it says before the run folder exists; later it writes to engine.log there.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the engine
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            self._errors.close()
            raise StartError(f"the engine cannot be started: {error.strerror}: {command[0]}") from None
        finally:
            theirs.close()
        self._socket = ours
        self._started = False

    def start(self, launch: Launch, lock_fds: Iterable[int] = (), answer_s: float = ANSWER_S) -> Engine:
        """Starts `launch`. The engine gets `lock_fds`, the locks of its ports; the caller closes its own.

        Returns when the supervisor holds the run folder's lock and its socket listens. Raises StartError.
        """
        folder = Path(launch.plan.folder)
        try:
            answer = self._ask(launch, tuple(lock_fds), time.monotonic() + answer_s)
        except TimeoutError:
            self._end(0.0)
            raise StartError(
                f"the engine gave no answer within {answer_s:g} s{self._last_words(folder)}"
            ) from None
        except (OSError, StartError) as error:
            self._end(_CLOSES_S)
            raise StartError(f"{error}{self._last_words(folder)}") from None
        if not answer.get("ok"):
            self._end(5.0)
            raise StartError(str(answer.get("error") or "the engine refused the run without a reason"))
        self._started = True
        self._socket.close()
        self._errors.close()
        return Engine(self._process, int(answer.get("pid") or self._process.pid))

    def close(self) -> None:
        """Lets it end, if it has no run."""
        if not self._started:
            self._end(5.0)
            self._errors.close()

    def __enter__(self) -> WarmEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, launch: Launch, fds: tuple[int, ...], deadline: float) -> dict[str, Any]:
        data = json.dumps(to_json(launch)).encode() + b"\n"
        self._socket.settimeout(max(0.0, deadline - time.monotonic()))
        # An engine that has all of it may have answered and let go before this end is done with sending.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while len(fds) > _MOST_FDS:
                data = data[socket.send_fds(self._socket, [data[:1]], fds[:_MOST_FDS]) :]
                fds = fds[_MOST_FDS:]
            data = data[socket.send_fds(self._socket, [data], fds) if fds else 0 :]
            self._socket.sendall(data)
            self._socket.shutdown(socket.SHUT_WR)
        received = b""
        while b"\n" not in received:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                part = self._socket.recv(65536)
            except ConnectionResetError:  # it ended without having read all of the launch
                part = b""
            if not part:
                raise StartError("the engine ended before it had started the run")
            received += part
        try:
            answer = json.loads(received.split(b"\n", 1)[0])
        except ValueError:
            raise StartError(f"the engine's answer is no JSON: {received[:200]!r}") from None
        if not isinstance(answer, dict):
            raise StartError(f"the engine's answer is no object: {received[:200]!r}")
        return answer

    def _end(self, grace_s: float) -> None:
        """Reaps an engine that has no run, by force after `grace_s`."""
        self._socket.close()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # not reaped yet, so the group is still its own
            self._process.wait()

    def _last_words(self, folder: Path) -> str:
        """The end of what the engine wrote on its standard error; empty when it said nothing."""
        self._errors.seek(0)
        early = self._errors.read().decode("utf-8", "replace").strip()
        log = folder / ENGINE_LOG
        late = log.read_text(errors="replace").strip() if log.is_file() else ""
        if late:
            return f"; its last words: {late.splitlines()[-1]} (all of them in {log})"
        if early:
            return f"; its last words: {early.splitlines()[-1]}"
        code = self._process.returncode
        return f"; it was killed by signal {-code}" if code is not None and code < 0 else ""


def start(
    launch: Launch,
    lock_fds: Iterable[int] = (),
    command: Sequence[str] = _ENGINE,
    answer_s: float = ANSWER_S,
) -> Engine:
    """Warms an engine up and starts `launch` in it. Raises StartError."""
    with WarmEngine(command) as engine:
        return engine.start(launch, lock_fds, answer_s)
