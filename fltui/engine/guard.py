"""The guard: the supervisor's parent, and a subreaper itself.

When the supervisor is killed, all that it had comes to the guard, which finishes the stop and writes
the end of the run folder. (Measured: the terminal's hang-up and a signal at the parent's death alone
leave four of five descendants alive that called setsid or ignore signals.)
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path

from fltui.engine.callers import become_supervisor
from fltui.engine.child import signal_name
from fltui.engine.intake import from_front_end, keep_errors, read_launch_line
from fltui.engine.supervisor import Supervisor
from fltui.engine.sweep import reap, remains
from fltui.facts.codec import CodecError, from_json, to_json
from fltui.facts.launch import Launch
from fltui.probe.ending import Living, end_all
from fltui.record import lock, socket_path
from fltui.record.writer import RunExistsError, RunWriter, unmake

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    """Reads a Launch from standard input; returns the exit code of the engine process."""
    line = read_launch_line()
    if not line:
        return 0  # a front end warmed an engine up and then had no run for it
    try:
        launch = from_json(Launch, json.loads(line))
    except (ValueError, CodecError) as error:
        _answer({"ok": False, "error": f"the engine was given no launch: {error}"})
        return 2
    become_supervisor()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    folder, writer = Path(launch.plan.folder), None
    try:
        writer = RunWriter.create(
            folder, {**launch.manifest, "headless": launch.headless, "plan": to_json(launch.plan)}
        )
        if from_front_end():
            keep_errors(folder)
        held = lock.hold(folder)  # shared with the supervisor by the fork: alive until both have ended
        listener = socket_path.listen(folder)
    except RunExistsError as error:
        _answer({"ok": False, "error": str(error)})
        return 1
    except OSError as error:
        if writer is not None:
            unmake(folder)
        _answer({"ok": False, "error": f"the run folder {folder} cannot be made: {error.strerror or error}"})
        return 1
    guard = os.getpid()
    supervisor = os.fork()
    if supervisor == 0:
        _supervise(launch, folder, writer, listener, guard, held)
    listener.close()
    writer.close()
    _silence()
    signal.signal(signal.SIGTERM, lambda *_: _forward(supervisor))
    # Reaped later: as long as SIGTERM is passed on, the number must not become a stranger's.
    status = os.waitid(os.P_PID, supervisor, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if status is not None and status.si_code == os.CLD_EXITED and status.si_status != _CRASHED:
        return status.si_status
    crashed = (
        "ended with an error"
        if status is None or status.si_code == os.CLD_EXITED
        else f"was killed by {signal_name(status.si_status)}"
    )
    print(f"the supervisor {crashed}", file=sys.stderr, flush=True)
    return _finish(launch, folder, f"the supervisor {crashed}")


_CRASHED = 70


def _supervise(
    launch: Launch, folder: Path, writer: RunWriter, listener: socket.socket, guard: int, held: int
) -> None:
    """The supervisor process; never returns."""
    code = _CRASHED
    try:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != guard:
            os._exit(_CRASHED)
        writer.event("start", pid=os.getpid(), guard=guard)
        supervisor = Supervisor(launch, folder, writer, listener, guard, held)
        _answer({"ok": True, "pid": guard})
        _silence()
        code = supervisor.run()
        writer.close()
    except BaseException:  # noqa: BLE001  whatever it is, the guard must learn of it by the exit code
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _finish(launch: Launch, folder: Path, reason: str) -> int:
    """Ends all that the supervisor left and writes the end of its run folder; the exit code of that end."""
    from fltui.engine.crash import end_of_crashed_run  # only a crash needs it, a start should not wait

    def look() -> Living:
        reap()
        return remains(launch.plan.run)

    leftovers = end_all(look)
    shutil.rmtree(folder / "secrets", ignore_errors=True)
    writer = RunWriter.reopen(folder)
    result = end_of_crashed_run(launch.plan, folder, reason, leftovers)
    writer.end(result)
    writer.close()
    socket_path.remove(folder)
    return result.exit_code


def _forward(supervisor: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGTERM)


def _answer(answer: dict[str, object]) -> None:
    """To the front end. One that has gone meanwhile is no fault of the run: it ends as its owner's death
    ends it, or goes on where nobody owns it."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _silence() -> None:
    """Lets go of the front end's pipes: it reads to their end."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
