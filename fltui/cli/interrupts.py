"""Signals to a headless run: before it has begun they end fltui, afterwards they stop the run.

Ctrl-C and SIGTERM and SIGHUP ask for a stop; a second one asks for force. While the engine is being
started a signal is only remembered: an engine that started must be told to stop, not forgotten.
"""

from __future__ import annotations

import signal
from types import FrameType

from fltui.cli.errors import BY_CTRL_C, Interrupted
from fltui.facts.verdict import EXIT_CODES, SIGTERM_EXIT_CODE, Verdict

_CODES = {
    signal.SIGINT: EXIT_CODES[Verdict.INTERRUPTED],
    signal.SIGTERM: SIGTERM_EXIT_CODE,
    signal.SIGHUP: SIGTERM_EXIT_CODE,
}


class Interrupts:
    """Installs handlers on construction, for the rest of the process's life.

    `count`: signals that came; `first`: the first of them, or None.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: signal.Signals | None = None
        self._raises = True
        for number in _CODES:
            # A parent that ignores SIGHUP (nohup) or SIGINT (a shell's `&`) wants us to as well.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._came)

    @property
    def exit_code(self) -> int:
        return _CODES[self.first or signal.SIGINT]

    @property
    def by_key(self) -> bool:
        """It was Ctrl-C."""
        return self.first is signal.SIGINT

    @property
    def signal_name(self) -> str:
        """What the verdict counts it as: a hang-up ends a run as SIGTERM does, with exit code 143."""
        return "SIGINT" if self.by_key else "SIGTERM"

    @property
    def reason(self) -> str:
        return BY_CTRL_C if self.by_key else f"interrupted by {(self.first or signal.SIGTERM).name}"

    def remember_only(self) -> None:
        """From now on a signal is counted and does not raise. Raises what came just before."""
        self._raises = False
        if self.first is not None:
            raise Interrupted(self.exit_code, self.reason)

    def _came(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.first = self.first or signal.Signals(number)
        if self._raises:
            raise Interrupted(self.exit_code, self.reason)
