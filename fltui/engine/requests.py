"""What a person or a script may ask of a live run, by the names of `facts.request`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from fltui.engine.child import Child, InputError
from fltui.engine.federation import Federation
from fltui.engine.verdict import Cause
from fltui.facts.request import Request
from fltui.facts.verdict import Verdict


class Requests:
    """Handles one request at a time. Raises InputError with a sentence for the asker."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._table: dict[str, Callable[[Request], dict[str, Any] | None]] = {
            "status": self._status,
            "send": self._send,
            "confirm": self._confirm,
            "answer": self._answer,
            "skip": self._skip,
            "auto": self._auto,
            "step_mode": self._step_mode,
            "stop": self._stop,
            "signal": self._signal,
            "restart": self._restart,
            "mark": self._mark,
        }

    def handle(self, request: Request) -> dict[str, Any]:
        answer = self._table[request.do](request) or {}
        self._federation.changed()
        return answer

    def _child(self, request: Request) -> Child:
        name = request.fields["process"]
        child = self._federation.children.get(name)
        if child is None:
            raise InputError(f"no process {name}; this run has {', '.join(self._federation.children)}")
        return child

    def _by(self, request: Request) -> str:
        return str(request.fields.get("by", "person"))

    def _status(self, request: Request) -> dict[str, Any]:
        federation = self._federation
        asking = {name: d.asking.step.name for name, d in federation.dialogues.items() if d.asking}
        return {
            "run": federation.plan.run,
            "state": federation.state.value,
            "rounds_done": len(federation.progress.rounds_done),
            "rounds_planned": federation.progress.planned,
            "processes": {
                name: {"state": c.state.value, "pid": c.pid} for name, c in federation.children.items()
            },
            "asking": asking,
            "hides_input": [name for name, c in federation.children.items() if c.hides_input],
        }

    def _send(self, request: Request) -> None:
        text = str(request.fields["text"])
        self._federation.say(
            self._child(request), text, self._by(request), bool(request.fields.get("secret"))
        )

    def _confirm(self, request: Request) -> None:
        text = request.fields.get("text")
        dialogue = self._federation.dialogues[self._child(request).name]
        dialogue.confirm(str(request.fields["step"]), self._by(request), None if text is None else str(text))

    def _answer(self, request: Request) -> None:
        dialogue = self._federation.dialogues[self._child(request).name]
        dialogue.confirm(str(request.fields["step"]), self._by(request), str(request.fields["text"]))

    def _skip(self, request: Request) -> None:
        self._federation.dialogues[self._child(request).name].skip(
            str(request.fields["step"]), self._by(request)
        )

    def _auto(self, request: Request) -> None:
        mode = self._federation.mode
        mode.confirm = False
        self._steps_wait(False)
        for dialogue in self._federation.dialogues.values():
            status = dialogue.asking
            if status is not None and status.step.kind != "ask":
                dialogue.confirm(status.step.name, self._by(request))

    def _step_mode(self, request: Request) -> None:
        self._steps_wait(bool(request.fields["on"]))

    def _steps_wait(self, on: bool) -> None:
        """From now on automatic steps wait for a person, or no longer; every view is told."""
        if on != self._federation.mode.step:
            self._federation.mode.step = on
            self._federation.writer.event("step_mode", on=on)

    def _stop(self, request: Request) -> None:
        by, cause_signal = self._by(request), request.fields.get("signal")
        if cause_signal is not None and cause_signal not in signal.Signals.__members__:
            raise InputError(f"no signal {cause_signal}")
        reason = str(request.fields.get("reason") or f"stopped by {by}")
        self._federation.stop(Cause(Verdict.INTERRUPTED, reason, signal=cause_signal), by)
        if request.fields.get("force"):
            self._federation.hurry()

    def _signal(self, request: Request) -> None:
        name = str(request.fields["signal"]).upper()
        name = name if name.startswith("SIG") else f"SIG{name}"
        if name not in signal.Signals.__members__:
            raise InputError(f"no signal {name}")
        child = self._child(request)
        if not child.leader_alive:
            raise InputError(f"{child.name} is not running")
        if not child.signal(signal.Signals[name]):
            raise InputError(
                f"{child.name} could not be sent {name}: it has just ended, or runs as another user"
            )

    def _restart(self, request: Request) -> None:
        self._federation.restart(self._child(request).name)

    def _mark(self, request: Request) -> None:
        self._federation.writer.event("mark", text=str(request.fields["text"]), by=self._by(request))
