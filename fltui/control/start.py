"""Starts the engine of one run as a session of its own and waits for its one answer line.

The engine is never imported: it is `python -m fltui.engine`, the parent of everything the run has.
Afterwards nothing ties it to the front end but the run folder and its socket: both pipes are closed,
its standard error goes to `engine.log` in the run folder, and a thread reaps it when it ends.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fltui.facts.codec import to_json
from fltui.facts.launch import Launch

ENGINE_LOG = "engine.log"
ANSWER_S = 60.0  # a loaded machine with a cold disk takes seconds to import; a hung one never answers

# -P: a folder `fltui` or a file `json.py` where the user stands must not be imported instead.
_ENGINE = (sys.executable, "-P", "-m", "fltui.engine")


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


def start(
    launch: Launch,
    lock_fds: Iterable[int] = (),
    command: Sequence[str] = _ENGINE,
    answer_s: float = ANSWER_S,
) -> Engine:
    """Starts `launch`. The engine inherits `lock_fds`, the locks of its ports; the caller closes its own.

    Returns when the supervisor holds the run folder's lock and its socket listens. Raises StartError.
    """
    folder = Path(launch.plan.folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = os.open(folder / ENGINE_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"the run folder {folder} cannot be made: {error.strerror}") from None
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            pass_fds=tuple(lock_fds),
        )
    except OSError as error:
        raise StartError(f"the engine cannot be started: {error.strerror}: {command[0]}") from None
    finally:
        os.close(log)
    try:
        answer = _ask(process, json.dumps(to_json(launch)).encode() + b"\n", answer_s)
    except StartError as error:
        _end(process, 0.0)
        raise StartError(f"{error}{_last_words(folder)}") from None
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
    if not answer.get("ok"):
        _end(process, 5.0)
        raise StartError(str(answer.get("error") or "the engine refused the run without a reason"))
    return Engine(process, int(answer.get("pid") or process.pid))


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Reaps an engine that did not start its run, by force after `grace_s`."""
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so the group is still its own
        process.wait()


def _ask(process: subprocess.Popen[bytes], launch: bytes, answer_s: float) -> dict[str, Any]:
    """Writes the launch and reads the answer, never longer than `answer_s`."""
    assert process.stdin is not None
    assert process.stdout is not None
    deadline = time.monotonic() + answer_s
    source, target = process.stdout.fileno(), process.stdin.fileno()
    os.set_blocking(target, False)
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        selector.register(target, selectors.EVENT_WRITE)
        while b"\n" not in received:
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise StartError(f"the engine gave no answer within {answer_s:g} s")
            for key, _ in ready:
                if key.fd == source:
                    part = os.read(source, 65536)
                    if not part:
                        raise StartError("the engine ended before it had started the run")
                    received += part
                elif launch:
                    try:
                        launch = launch[os.write(target, launch) :]
                    except BrokenPipeError:
                        launch = b""  # it has ended; reading says so, with its last words
                else:
                    selector.unregister(target)
                    process.stdin.close()
    try:
        answer = json.loads(received.split(b"\n", 1)[0])
    except ValueError:
        raise StartError(f"the engine's answer is no JSON: {received[:200]!r}") from None
    if not isinstance(answer, dict):
        raise StartError(f"the engine's answer is no object: {received[:200]!r}")
    return answer


def _last_words(folder: Path) -> str:
    """The end of the engine's own log, for a message; empty when it said nothing."""
    try:
        lines = (folder / ENGINE_LOG).read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f"; its last words: {lines[-1]} (all of them in {folder / ENGINE_LOG})" if lines else ""
