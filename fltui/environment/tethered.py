"""A program in a session of its own that ends with us, whatever ends us; its output goes to a file."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_TETHER = Path(__file__).with_name("tether.py")


class Tethered:
    """One run of a program, as a context: at its end the whole group is ended, however it came to it.

    The output (stdout and stderr) goes to a file, since what a program leaves behind (TFF's worker)
    would hold a pipe open. `keep`: a file descriptor that the program inherits.
    """

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], keep: int | None = None) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed by __exit__
        self._said = b""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *argv],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=() if keep is None else (keep,),
        )
        self._pidfd = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int:
        """Known after the context; as Popen's, negative for a signal."""
        return self._process.returncode

    def wait(self, seconds: float | None = None) -> bool:
        """Waits for its end, at most `seconds`; whether it ended. Does not reap it: until the group has
        been ended its number must not become somebody else's."""
        return bool(select.select([self._pidfd], [], [], seconds)[0])

    def output(self) -> str:
        """What it wrote so far."""
        if not self._output.closed:
            size = os.fstat(self._output.fileno()).st_size
            self._said = os.pread(self._output.fileno(), size, 0)
        return self._said.decode("utf-8", "replace")

    def __enter__(self) -> Tethered:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        finally:
            self._process.wait()
            self.output()
            self._output.close()
            os.close(self._pidfd)
