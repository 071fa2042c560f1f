"""What a headless run shows on stderr: lines that stay and, on a terminal, one live line below them.

Where stderr is no terminal (CI, a file) there is no live line, no colour and no truncation: one
record a line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

_COLOURS = {"good": "32", "wait": "33", "bad": "31", "quiet": "2"}
_FALLBACK_WIDTH = 80
_CLEAR = "\r\x1b[K"


class StderrLines:
    """`live`: whether the stream is a terminal that can rewrite a line; `colour`: SGR is wanted."""

    def __init__(
        self,
        stream: TextIO,
        live: bool,
        colour: bool,
        width: Callable[[], int] = lambda: _FALLBACK_WIDTH,
    ) -> None:
        self.live = live
        self._stream = stream
        self._colour = colour
        self._width = width
        self._shown = ""
        self._prompt = ""

    @classmethod
    def on_stderr(cls, environ: Mapping[str, str] = os.environ) -> StderrLines:
        terminal = sys.stderr.isatty() and environ.get("TERM", "dumb") != "dumb"
        return cls(sys.stderr, live=terminal, colour=terminal and not environ.get("NO_COLOR"), width=_width)

    def say(self, text: str, tone: str | None = None) -> None:
        """A line that stays."""
        self.say_all([(text, tone)])

    def say_all(self, lines: Iterable[tuple[str, str | None]]) -> None:
        """Lines that stay, each with its tone."""
        text = "".join(f"{self._coloured(line, tone)}\n" for line, tone in lines)
        self._write(f"{_CLEAR if self._below() else ''}{text}{self._below()}")

    def show(self, text: str) -> None:
        """Replaces the live line; nothing where there is none, or while a question stands there."""
        text = text[: max(1, self._width() - 1)]  # a full last column makes some terminals wrap
        if self.live and text != self._shown:
            self._shown = text
            if not self._prompt:
                self._write(_CLEAR + text)

    def ask(self, text: str) -> None:
        """A question in the live line's place; it comes again below each line that stays."""
        self._prompt = text
        self._write((_CLEAR if self._shown else "") + text)

    def answered(self, ended_line: bool = True) -> None:
        """The question is over. `ended_line`: the person pressed Enter, so the cursor is on a new line."""
        self._prompt = ""
        self._write(self._shown if ended_line else f"\n{self._shown}")

    def close(self) -> None:
        """Takes the live line away."""
        if self._shown or self._prompt:
            self._shown = self._prompt = ""
            self._write(_CLEAR)

    def _coloured(self, text: str, tone: str | None) -> str:
        return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if self._colour and tone in _COLOURS else text

    def _below(self) -> str:
        return self._prompt or self._shown

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except UnicodeEncodeError:
            coding = self._stream.encoding or "ascii"
            self._stream.write(text.encode(coding, "replace").decode(coding))
            self._stream.flush()
        except OSError:
            # The terminal is gone (a dropped connection) or the pipe's reader is: a run that is
            # being supervised must not end for want of somebody who reads its progress. What is
            # still in the stream's buffer would fail again at exit, so it goes nowhere as well.
            self.live = False
            os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), self._stream.fileno())


def _width() -> int:
    """Columns of the terminal on stderr, now: people resize windows."""
    try:
        return os.get_terminal_size(2).columns or _FALLBACK_WIDTH
    except OSError:
        return _FALLBACK_WIDTH
