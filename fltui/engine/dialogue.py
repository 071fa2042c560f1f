"""The dialogue with one process: its steps in order, each waited for, sent, asked or run.

The table of a step's states:
    pending -> waiting (a line, `until`) | asking (a person) | running (a command) -> done
    and from any of them: skipped (a person), timeout, unanswered, failed (the process ended first).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fltui.engine.child import Child, Ending, InputError
from fltui.engine.loop import Loop, Timer
from fltui.engine.tally import Tally
from fltui.engine.tool import Tools
from fltui.facts.late import late_names
from fltui.facts.plan import LaunchPlan, Process, Step
from fltui.record.writer import RunWriter

_OVER = ("done", "skipped", "timeout", "unanswered", "failed")


class Say(Protocol):
    """Types a line into a child and records who did."""

    def __call__(self, child: Child, text: str, by: str, secret: bool = False) -> None: ...


@dataclass
class Mode:
    """How people take part: `people`: somebody can be asked; `confirm`: confirm steps wait for
    them; `step`: every automatic step does."""

    people: bool
    confirm: bool
    step: bool


@dataclass
class Status:
    """One step as it stands. `text`: what was sent, None as long as nothing was."""

    step: Step
    index: int
    state: str = "pending"
    by: str | None = None
    text: str | None = None
    limit: Timer | None = field(default=None, repr=False)


class Dialogue:
    """Runs the steps of one process. `failed(verdict sentence)` is called at most once."""

    def __init__(
        self,
        child: Child,
        plan: LaunchPlan,
        mode: Mode,
        loop: Loop,
        writer: RunWriter,
        tools: Tools,
        say: Say,
        changed: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self.child = child
        self.statuses = [Status(step, index) for index, step in enumerate(child.plan.steps)]
        self._plan = plan
        self._mode = mode
        self._loop = loop
        self._writer = writer
        self._tools = tools
        self._say = say
        self._changed = changed
        self._failed = failed
        self._open = False
        self._will_look = False
        self._end_tool: Callable[[], None] = lambda: None
        self._tallies: dict[int, Tally] = {}
        for status in self.statuses:
            line = status.step.line if status.step.kind == "wait" else status.step.until
            if line is not None:
                target = status.step.process if status.step.kind == "wait" else None
                self._tallies[status.index] = Tally(line, target or child.name, self._soon)

    @property
    def tallies(self) -> list[Tally]:
        return list(self._tallies.values())

    @property
    def over(self) -> bool:
        return all(status.state in _OVER for status in self.statuses)

    @property
    def asking(self) -> Status | None:
        """The step that waits for a person, if one does."""
        return next((status for status in self.statuses if status.state == "asking"), None)

    def begin(self, process: Process) -> None:
        """A new incarnation: the dialogue starts from its first step."""
        for status in self.statuses:
            status.state, status.by = "pending", None
        self._open = True
        self.advance()

    def close(self) -> None:
        """The incarnation ended: no step waits any more."""
        last = next((item for item in self.statuses if item.state not in _OVER), None)
        if self._open and last is not None and self._has_come(last):  # its line came just before the end
            self._set(last, "done", last.by or "recipe")
        self._open = False
        self._end_tool()
        for status in self.statuses:
            self._cancel(status)
            if status.state not in _OVER and status.state != "pending":
                self._set(status, "failed")

    def undone(self) -> Status | None:
        """The first step that was not done."""
        return next((status for status in self.statuses if status.state not in ("done", "skipped")), None)

    def advance(self) -> None:
        """Does what can be done now; called whenever something may have changed."""
        while self._open:
            status = next((item for item in self.statuses if item.state not in _OVER), None)
            if status is None:
                return
            before = status.state
            if before == "pending":
                self._start(status)
            elif self._has_come(status):
                self._set(status, "done", status.by or "recipe")
            if status.state == before:
                return

    def _has_come(self, status: Status) -> bool:
        """It waits for lines, and they are there."""
        return status.state == "waiting" and self._tallies[status.index].count >= status.step.count

    def _soon(self) -> None:
        """Goes on when all that was read at once has been counted: of that, nothing answers what is sent next."""

        def look() -> None:
            self._will_look = False
            self.advance()

        if not self._will_look:
            self._will_look = True
            self._loop.later(0.0, look)

    # -- what a person says --------------------------------------------------------------------

    def confirm(self, name: str, by: str, text: str | None = None) -> None:
        """A person does the step that asks, with another text if given. Raises InputError."""
        status = self._asked(name)
        if status.step.kind == "ask" and text is None:
            raise InputError(f"step {name} asks a question; it needs an answer")
        self._perform(status, by, text)
        self.advance()

    def skip(self, name: str, by: str) -> None:
        """Leaves a waiting or asking step out. Raises InputError."""
        status = next(
            (item for item in self.statuses if item.step.name == name and item.state not in _OVER), None
        )
        if status is None:
            raise InputError(f"{self.child.name} has no open step {name}")
        self._cancel(status)
        self._set(status, "skipped", by)
        self.advance()

    def typed(self, text: str) -> None:
        """A person typed a line by hand: a step that asks for just that is done."""
        status = self.asking
        if (
            status is not None
            and status.step.kind == "send"
            and text.strip() == (status.step.text or "").strip()
        ):
            self._forget(status)
            self._sent(status, "person")
            self.advance()

    def _asked(self, name: str) -> Status:
        status = self.asking
        if status is None or status.step.name != name:
            raise InputError(f"step {name} of {self.child.name} does not wait for you")
        return status

    # -- the acts ------------------------------------------------------------------------------

    def _start(self, status: Status) -> None:
        step = status.step
        if step.kind == "wait":
            self._set(status, "waiting")
            self._limit(
                status,
                f"/{step.line}/ did not come {step.count} times"
                if step.count > 1
                else f"/{step.line}/ did not come",
            )
        elif step.kind == "ask":
            self._ask(status)
        elif self._needs_person(step):
            self._set(status, "asking")
        else:
            self._perform(status, "recipe", None)

    def _needs_person(self, step: Step) -> bool:
        if self._mode.step:
            return True
        return self._mode.confirm and step.mode in ("confirm", "manual")

    def _ask(self, status: Status) -> None:
        step = status.step
        if step.name in self._plan.answers:
            self._perform(status, "answers", self._plan.answers[step.name])
        elif self._mode.people:
            self._set(status, "asking")
        elif step.headless is not None:
            self._perform(status, "recipe", step.headless)
        else:
            self._set(status, "unanswered")
            self._failed(
                f'{self.child.name} asks "{step.question}" and nobody answered; '
                f"give --set {step.name}=ANSWER or --answers FILE"
            )

    def _perform(self, status: Status, by: str, text: str | None) -> None:
        step = status.step
        if step.kind == "run":
            self._set(status, "running", by)
            label, incarnation = f"step-{status.index + 1}", self.child.incarnation

            def ran(ending: Ending) -> None:
                if incarnation == self.child.incarnation:  # else it is no longer the step that was running
                    self._ran(status, ending)

            self._end_tool = self._tools.run(self.child.plan, label, step.argv, step.timeout_s, ran)
            return None
        words = text if text is not None else (step.text or "")
        if step.kind == "send":
            status.text = words
        before = status.state
        if step.kind == "send" or step.send_answer:
            secret = step.secret or bool(late_names(words, "inputs"))
            self._forget(status)
            try:
                self._say(self.child, words, by, secret)
            except InputError as error:
                self._set(status, "failed", by)
                return self._failed(f"step {step.name} of {self.child.name}: {error}")
        if status.state == before:  # else a person's line was its own, and `typed` has seen to it
            self._sent(status, by)

    def _forget(self, status: Status) -> None:
        """What follows the text that is typed now answers it, and nothing before."""
        if status.index in self._tallies:
            self._tallies[status.index].forget()

    def _sent(self, status: Status, by: str) -> None:
        if status.index in self._tallies:
            self._set(status, "waiting", by)
            self._limit(status, f"/{status.step.until}/ did not come after it")
        else:
            self._set(status, "done", by)

    def _ran(self, status: Status, ending: Ending) -> None:
        if status.state != "running":
            return
        if ending.exit_code == 0:
            self._set(status, "done", status.by)
            self.advance()
        else:
            self._set(status, "failed", status.by)
            command = " ".join(status.step.argv)
            self._failed(f"step {status.step.name} of {self.child.name}: `{command}` {ending}")

    def _limit(self, status: Status, what: str) -> None:
        step = status.step

        def past() -> None:
            if status.state == "waiting":
                self._set(status, "timeout")
                self._failed(
                    f"step {step.name} of {self.child.name} timed out after {step.timeout_s:g} s: {what}"
                )

        self._cancel(status)
        status.limit = self._loop.later(step.timeout_s, past)

    def _cancel(self, status: Status) -> None:
        if status.limit is not None:
            status.limit.cancel()
            status.limit = None

    def _set(self, status: Status, state: str, by: str | None = None) -> None:
        step = status.step
        if state in _OVER:
            self._cancel(status)
        status.state, status.by = state, by or status.by
        tally = self._tallies.get(status.index)
        words = step.text if status.text is None else status.text
        text = None if step.secret or late_names(words or "", "inputs") else words
        details = {
            "by": status.by,
            "text": text,
            "question": step.question,
            "why": step.why or None,
            "line": step.line or step.until,
            "found": tally.count if tally else None,
            "count": step.count if tally else None,
            "timeout_s": step.timeout_s if state == "waiting" else None,
        }
        known = {key: value for key, value in details.items() if value is not None}
        self._writer.event(
            "step", self.child.name, step=step.name, index=status.index, kind=step.kind, state=state, **known
        )
        self._changed()
