"""The person at the terminal of a headless run: is shown what a step asks, and answers it.

One question at a time stands where the live line is. Lines are read from the terminal in its own
line mode, so the keys people expect for editing work; a secret's characters are not echoed.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Iterable
from dataclasses import dataclass

from fltui.cli.stderr_lines import StderrLines
from fltui.cli.wording import plain
from fltui.control.client import Refused, Supervisor
from fltui.facts.plan import LaunchPlan, Step


def somebody_is_there() -> bool:
    """Standard input is a terminal that we may read: a background job would be stopped for it."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


@dataclass(frozen=True)
class Question:
    """A step that waits for a person."""

    process: str
    step: Step

    @property
    def hidden(self) -> bool:
        return self.step.secret

    @property
    def text(self) -> str:
        """What stands before the cursor."""
        step = self.step
        if step.kind == "ask":
            default = f" [{step.headless}]" if step.headless else ""
            return f"{self.process} asks: {plain(step.question or step.name)}{default} "
        act = {
            "send": f"sends {plain(step.text or '')!r}" if not step.secret else "sends a secret",
            "run": f"runs {' '.join(step.argv)!r}",
            "wait": f"waits for {step.line!r}",
        }[step.kind]
        keys = "Enter goes on, e edits, s skips" if step.kind == "send" else "Enter goes on, s skips"
        return f"{self.process}: {step.name} {act} ({keys}) "


class Person:
    """Puts the steps that ask to the person at file descriptor 0, one after the other."""

    def __init__(self, lines: StderrLines, supervisor: Supervisor, plan: LaunchPlan) -> None:
        self._lines = lines
        self._supervisor = supervisor
        self._steps = {
            (process.name, step.name): step for process in plan.processes for step in process.steps
        }
        self._open: Question | None = None
        self._editing = False
        self._told: set[tuple[str, str]] = set()
        self._echo_off = False
        self.listening = True

    @property
    def fd(self) -> int | None:
        """What to select on: standard input while a question stands, else nothing."""
        return 0 if self.listening and self._open is not None else None

    def update(self, asking: Iterable[tuple[str, str]]) -> None:
        """`asking`: (process, step) of all steps that wait for a person now."""
        known = [key for key in asking if key in self._steps]
        if self._open is not None and (self._open.process, self._open.step.name) not in known:
            self._withdraw()
            self._lines.answered(ended_line=False)
        if self._open is None and known and self.listening:
            self._put(Question(known[0][0], self._steps[known[0]]))

    def read(self) -> None:
        """A line is there to be read."""
        question = self._open
        if question is None or not somebody_is_there():
            return
        try:
            data = os.read(0, 65536)
        except OSError:  # the terminal hung up; its signal stops the run
            self.listening = False
            return
        text = data.decode("utf-8", "replace").rstrip("\n")
        ended_line = data.endswith(b"\n") and not question.hidden
        try:
            self._act(question, text, ended=not data, ended_line=ended_line)
        except Refused as refusal:
            self._withdraw()
            self._lines.answered(ended_line)
            self._lines.say(str(refusal), "wait")

    def close(self) -> None:
        """Gives the terminal back as it was."""
        if self._open is not None:
            self._withdraw()
            self._lines.answered(ended_line=False)

    def _put(self, question: Question) -> None:
        key = (question.process, question.step.name)
        if question.step.why and key not in self._told:
            self._lines.say(f"{question.process}: {question.step.why}")
        self._told.add(key)
        self._open, self._editing = question, False
        # What was typed before the question could be read is no answer to it.
        termios.tcflush(0, termios.TCIFLUSH)
        if question.hidden:
            self._echo(False)
        self._lines.ask(question.text)

    def _act(self, question: Question, text: str, ended: bool, ended_line: bool) -> None:
        step, name = question.step, question.step.name
        if step.kind == "ask":
            answer = text if text or step.headless is None else step.headless
            if not answer and step.headless is None:
                self._lines.answered(ended_line)
                self._lines.ask(question.text)
                return
            self._finish(ended_line)
            self._supervisor.request("answer", process=question.process, step=name, text=answer)
        elif self._editing:
            self._finish(ended_line)
            self._supervisor.request("confirm", process=question.process, step=name, text=text)
        elif text.strip() == "e" and step.kind == "send":
            self._editing = True
            self._lines.answered(ended_line)
            self._lines.ask(f"{question.process} is sent: ")
        elif text.strip() == "s" or ended:
            self._finish(ended_line)
            self._supervisor.request("skip", process=question.process, step=name)
        elif not text.strip():
            self._finish(ended_line)
            self._supervisor.request("confirm", process=question.process, step=name)
        else:
            self._lines.answered(ended_line)
            self._lines.ask(question.text)

    def _finish(self, ended_line: bool) -> None:
        self._withdraw()
        self._lines.answered(ended_line)

    def _withdraw(self) -> None:
        self._open = None
        self._echo(True)

    def _echo(self, on: bool) -> None:
        if on == (not self._echo_off):
            return
        self._echo_off = not on
        try:
            mode = termios.tcgetattr(0)
            mode[3] = mode[3] | termios.ECHO if on else mode[3] & ~termios.ECHO
            termios.tcsetattr(0, termios.TCSADRAIN, mode)
        except termios.error:  # the terminal hung up; its signal stops the run
            self.listening = False
