"""One process of the plan: spawn it on its terminal, drain it, type into it, learn how it ended.

A child knows nothing of other children. Its pid is held by a pidfd and reaped last (`release`), so
that a pid, and the process group of that number, never point at a stranger.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fltui.engine import callers
from fltui.engine.lines import LineReader
from fltui.engine.loop import READ, WRITE, Loop
from fltui.engine.mask import Mask
from fltui.engine.terminal import device_number, hides_input, open_terminal
from fltui.facts.late import fill
from fltui.facts.plan import Process
from fltui.facts.state import ProcessState
from fltui.record.log_writer import LogWriter

# Read once: an fltui that is upgraded under a live run must not change how that run starts children.
SHIM = Path(__file__).with_name("shim.py").read_text(encoding="utf-8")
LONGEST_INPUT = 4000  # bytes; the kernel cuts a terminal line at 4096
CANNOT_START = 127
_SHIM_SAYS = b"fltui: cannot start "
READ_AT_ONCE = 256 * 1024
_DRAIN_AT_END = 64 * 1024 * 1024
_BEGINNING = 500
_HOLD_S = 1.0
_TRACER_S = 2.0
_LONGEST_QUEUE = 1024 * 1024
_LOOK_AGAIN_S = 0.2


class InputError(ValueError):
    """A line that cannot be sent, as a sentence."""


@dataclass(frozen=True)
class Ending:
    """How a leader ended: an exit code or the name of a signal; neither when a debugger that traced
    it keeps that to itself."""

    exit_code: int | None
    signal: str | None

    def __str__(self) -> str:
        if self.exit_code is None and self.signal is None:
            return "ended; how is known only to the process that traced it"
        return f"was killed by {self.signal}" if self.signal else f"ended with exit code {self.exit_code}"


class Child:
    """One process through all its incarnations. `changed` is called when its leader has ended."""

    def __init__(
        self, plan: Process, loop: Loop, log: LogWriter, mask: Mask, now: Callable[[], float]
    ) -> None:
        self.plan = plan
        self.state = ProcessState.PENDING
        self.incarnation = 0
        self.pid: int | None = None
        self.ending: Ending | None = None
        self.started_at: float | None = None
        self.output_at = 0.0  # loop time of the last byte
        self.terminal_device: int | None = None
        self.log = log
        self.mask = mask
        self.lines = LineReader([])
        self.reason: str | None = None
        self.beginning = b""  # of the incarnation's output
        self.cpu_s = 0.0  # of ended incarnations: the leader and what it waited for
        self.max_rss_mb = 0.0
        self._loop = loop
        self._now = now
        self._pidfd = -1
        self._master = -1
        self._stdin = -1
        self._looks_again = False  # nobody else has the terminal open now; a timer runs
        self._queue: deque[bytes] = deque()
        self._changed: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"<{self.plan.name} {self.state} pid={self.pid}>"

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def start_error(self) -> str | None:
        """Why the shim could not become the program, or None."""
        head, _, what = self.beginning.partition(_SHIM_SAYS)
        if head or not what or self.ending is None or self.ending.exit_code != CANNOT_START:
            return None
        return what.partition(b"\n")[0].decode("utf-8", "replace")

    @property
    def leader_alive(self) -> bool:
        return self._pidfd >= 0 and self.ending is None

    def spawn(self, lines: LineReader, secrets: Mapping[str, str], changed: Callable[[], None]) -> None:
        """Starts a new incarnation, whose output `lines` reads. Raises OSError when no process can be made."""
        plan = self.plan
        self.incarnation += 1
        self.ending = None
        self.reason = None
        self.beginning = b""
        self.lines = lines
        self._changed = changed
        self._looks_again = False
        self._master, slave = open_terminal(plan.columns, plan.rows)
        self.terminal_device = device_number(slave)
        stdin, opened = slave, [slave]
        try:
            if plan.stdin == "null":
                stdin = os.open(os.devnull, os.O_RDONLY)
                opened.append(stdin)
            elif plan.stdin == "pipe":
                stdin, self._stdin = os.pipe()
                os.set_blocking(self._stdin, False)
                opened.append(stdin)
            self._start((stdin, slave, slave), self._environment(secrets))
        except OSError:
            self._close_terminal()
            self._close_stdin()
            raise
        finally:
            for fd in opened:
                os.close(fd)
        self.started_at = self._now()
        self.output_at = self._loop.clock()
        self._watch_terminal()
        self._loop.watch(self._pidfd, self._on_end)

    def _start(self, streams: tuple[int, int, int], environment: dict[str, str]) -> None:
        plan = self.plan
        told = (str(os.getpid()), str(callers.FILES), str(callers.UMASK), plan.cwd)
        shim = [sys.executable, "-I", "-S", "-c", SHIM, *told, *plan.argv]
        actions = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in enumerate(streams)]
        pid = os.posix_spawn(sys.executable, shim, environment, file_actions=actions)
        try:
            self._pidfd = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)  # not reaped before, so no stranger; reaped as an adopted one
            raise
        self.pid = pid

    def _environment(self, secrets: Mapping[str, str]) -> dict[str, str]:
        own = {key: fill(value, "inputs", secrets) for key, value in self.plan.env.items()}
        caller = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
        if caller.get("TERM", "dumb") == "dumb":
            caller["TERM"] = "xterm-256color"
        return {**caller, **own, "FLTUI_PROCESS": self.plan.name}

    # -- output ------------------------------------------------------------------------------

    def _on_terminal(self, events: int) -> None:
        if events & WRITE:
            self._write_queue()
        if events & READ:
            self.drain(READ_AT_ONCE)

    def drain(self, most: int = _DRAIN_AT_END) -> None:
        """Reads what is there, at most `most` bytes, into the log and the matchers."""
        parts: list[bytes] = []
        size, closed = 0, False
        while size < most and self._master >= 0:
            try:
                data = os.read(self._master, 65536)
            except BlockingIOError:
                break
            except OSError:  # EIO: the last writer closed the terminal
                closed = True
                break
            parts.append(data)
            size += len(data)
        if parts:
            self._output(b"".join(parts))
        if closed:
            self._nobody_has_it()

    def _nobody_has_it(self) -> None:
        """The terminal is open nowhere but here. Closing it would hang up a child that lives on: one
        with another stdin closes its output before it ends (coreutils do), or opens /dev/tty later."""
        self._loop.unwatch(self._master)
        if self.leader_alive and not self._looks_again:
            self._looks_again = True
            self._loop.later(_LOOK_AGAIN_S, self._watch_again)

    def _watch_again(self) -> None:
        self._looks_again = False
        self._watch_terminal()

    def _watch_terminal(self) -> None:
        if self._master >= 0 and not self._looks_again:
            types = self._queue and self.plan.stdin == "tty"
            self._loop.watch(self._master, self._on_terminal, READ | WRITE if types else READ)

    def _output(self, data: bytes) -> None:
        self.output_at = self._loop.clock()
        clean = self.mask.feed(data)
        if clean:
            self._clean(clean)
        if self.mask.holds:
            self._loop.later(_HOLD_S, self._release_held)

    def _clean(self, data: bytes) -> None:
        """What holds no secret goes to the log, and to the matchers: they make events of it."""
        self.log.write(data, self._now())
        self.lines.feed(data)
        if len(self.beginning) < _BEGINNING:
            self.beginning += data[:_BEGINNING]

    def _release_held(self) -> None:
        if self.mask.holds and self._loop.clock() - self.output_at >= _HOLD_S:
            self._clean(self.mask.flush())

    # -- input -------------------------------------------------------------------------------

    @property
    def hides_input(self) -> bool:
        """The child turned its echo off: what is typed now is a secret."""
        return self._master >= 0 and self.plan.stdin == "tty" and hides_input(self._master)

    def send(self, text: str) -> None:
        """Types `text` and a newline. Never blocks: what does not fit waits in a queue.

        Raises InputError when nobody could read it or a terminal would cut it.
        """
        data = text.encode() + b"\n"
        if self.plan.stdin == "null":
            raise InputError(f"{self.name} has no standard input (stdin: null)")
        if not self.leader_alive or self._input_fd < 0:
            raise InputError(f"{self.name} is not running")
        if len(data) > LONGEST_INPUT:
            raise InputError(
                f"a line of {len(data)} bytes is too long for a terminal; at most {LONGEST_INPUT}"
            )
        waiting = sum(map(len, self._queue))
        if waiting + len(data) > _LONGEST_QUEUE:
            raise InputError(f"{self.name} does not read its input; {waiting} bytes wait already")
        if "\n" in text or "\x04" in text:
            raise InputError("a line to send may not hold a newline or an end-of-file character")
        self._queue.append(data)
        self._write_queue()

    @property
    def _input_fd(self) -> int:
        return self._stdin if self.plan.stdin == "pipe" else self._master

    def _write_queue(self) -> None:
        fd = self._input_fd
        while self._queue and fd >= 0:
            try:
                written = os.write(fd, self._queue[0])
            except BlockingIOError:
                break
            except OSError:  # the reader has gone; its end says so
                self._queue.clear()
                break
            if written == len(self._queue[0]):
                self._queue.popleft()
            else:
                self._queue[0] = self._queue[0][written:]
        if fd == self._master:
            self._watch_terminal()
        elif self._queue and fd >= 0:
            self._loop.watch(self._stdin, lambda events: self._write_queue(), WRITE)
        elif fd >= 0:
            self._loop.unwatch(self._stdin)

    # -- the end -----------------------------------------------------------------------------

    def _on_end(self, events: int) -> None:
        self._loop.unwatch(self._pidfd)
        self._learn_ending(self.incarnation, self._loop.clock() + _TRACER_S)

    def _learn_ending(self, incarnation: int, until: float) -> None:
        if incarnation != self.incarnation or self._pidfd < 0:
            return  # given up meanwhile
        # Never to wait: the status of a traced process is its tracer's first, for as long as that likes.
        status = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if status is None and self._loop.clock() < until:
            self._loop.later(0.05, lambda: self._learn_ending(incarnation, until))
            return
        if status is None:
            self.ending = Ending(None, None)
        elif status.si_code == os.CLD_EXITED:
            self.ending = Ending(status.si_status, None)
        else:
            self.ending = Ending(None, signal_name(status.si_status))
        self.drain()
        self._changed()

    def signal(self, number: int) -> bool:
        """A signal to the leader, if it still runs; by pidfd, so never to a stranger. False where it has
        gone or became another user (sudo)."""
        if not self.leader_alive:
            return False
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def signal_group(self, number: int) -> None:
        """A signal to the process group. Its number is ours as long as the leader is not reaped."""
        if self._pidfd >= 0 and self.pid is not None:
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):
                return  # nobody is left in it, or only somebody who became another user

    def release(self) -> None:
        """Reaps the leader and closes everything; its group and descendants are gone by now, or
        cannot be ended: then the leader is left as it is."""
        self.drain()
        self._close_terminal()
        self._close_stdin()
        if self.mask.holds:
            self._clean(self.mask.flush())
        self.lines.finish()
        if self._pidfd >= 0 and self.pid is not None:
            self._loop.unwatch(self._pidfd)
            # Not to wait: see _learn_ending. Whoever is not reaped here is later, as an adopted one.
            pid, _, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.cpu_s += usage.ru_utime + usage.ru_stime
                self.max_rss_mb = max(self.max_rss_mb, usage.ru_maxrss / 1024)
            self.pid = None  # from now on the number may be a stranger's
            os.close(self._pidfd)
            self._pidfd = -1
        self._queue.clear()

    def _close_stdin(self) -> None:
        if self._stdin >= 0:
            self._loop.unwatch(self._stdin)
            os.close(self._stdin)
            self._stdin = -1

    def _close_terminal(self) -> None:
        if self._master >= 0:
            self._loop.unwatch(self._master)
            os.close(self._master)
            self._master = -1


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
