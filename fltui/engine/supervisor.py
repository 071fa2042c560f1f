"""The supervisor: wires one run together and turns its loop until the end is written."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path

from fltui.engine.control_socket import ControlSocket
from fltui.engine.federation import Federation
from fltui.engine.loop import Loop
from fltui.engine.readings import sentence
from fltui.engine.requests import Requests
from fltui.engine.sampling import Sampling
from fltui.engine.sweep import Sweep
from fltui.engine.verdict import Cause, Evidence, judge
from fltui.facts.late import fill
from fltui.facts.launch import Launch
from fltui.facts.names import some
from fltui.facts.plan import RunFile
from fltui.facts.state import RunState
from fltui.facts.verdict import Leftover, ProcessResult, Result, StepResult, Verdict
from fltui.record import lock, socket_path
from fltui.record.writer import RunWriter

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_STOP_LOOK_S = 0.05
_SECOND_S = 1.0
_SHORTLY_S = 5.0
_OUTLIVED_S = 10.0  # what is needed no more has this long to end before it is named


class Supervisor:
    """One run, from the first child to the `end` line. `guard` is its parent, `held` the run's lock."""

    def __init__(
        self,
        launch: Launch,
        folder: Path,
        writer: RunWriter,
        listener: socket.socket,
        guard: int,
        held: int,
    ) -> None:
        self._launch = launch
        self._folder = folder
        self._writer = writer
        self._guard = guard
        self._held = held
        self._loop = Loop()
        self._began = writer.clock()
        self._ended = False
        self._exit_code = 1
        self._outlived: list[str] = []
        self._federation = Federation(launch, self._loop, writer, self._children_ended)
        self._sampling = Sampling(self._federation, self._loop, writer)
        requests = Requests(self._federation)
        self._control = ControlSocket(listener, self._loop, requests.handle, self._owner_left)

    def run(self) -> int:
        """Runs the federation to its end and returns the exit code of its verdict."""
        self._take_signals()
        self._write_files()
        self._loop.later(self._launch.plan.watch.deadline_s, self._deadline)
        self._loop.every(_SECOND_S, self._every_second)
        if self._launch.owned:
            self._loop.later(self._launch.owner_s, self._owner_never_came)
        self._look_at_stops()
        while not self._ended:
            self._federation.settle()
            if not self._ended:
                self._loop.turn()
        return self._exit_code

    # -- time ------------------------------------------------------------------------------------

    def _every_second(self) -> None:
        self._sampling.sample()
        self._watch_for_silence()

    def _look_at_stops(self) -> None:
        if self._federation.stoppings:
            self._federation.look_at_stops()
        self._loop.later(
            _STOP_LOOK_S if self._federation.stoppings else _STOP_LOOK_S * 2, self._look_at_stops
        )

    def _watch_for_silence(self) -> None:
        federation, watch = self._federation, self._launch.plan.watch
        if federation.cause is not None or federation.state is RunState.WAITING:
            return
        silent = self._loop.clock() - federation.progress.last_at
        self._watch_for_outlived(min(_OUTLIVED_S, watch.stall_s / 2) <= silent)
        if federation.stalled and silent < watch.stall_s:
            federation.stalled = False
            federation.progress.note("progress again")
        elif not federation.stalled and silent >= watch.stall_s:
            federation.stalled = True
            federation.diagnosis = self._diagnosis(silent)
            federation.progress.note(federation.diagnosis, "warning", for_verdict=False)
        elif federation.stalled and self._launch.headless and silent >= 2 * watch.stall_s:
            federation.stop(Cause(Verdict.STALLED, self._diagnosis(silent)), "fltui")
        federation.changed()

    def _watch_for_outlived(self, long_enough: bool) -> None:
        """Says once of whom nobody needs any more that the run waits for their end."""
        outlived = self._federation.outlived()
        if long_enough and outlived and outlived != self._outlived:
            self._outlived = outlived
            self._federation.progress.note(_outlived_text(outlived))

    def _diagnosis(self, silent: float) -> str:
        federation, watch = self._federation, self._launch.plan.watch
        progress = federation.progress
        number = federation.current_round()
        when = f" in round {number}" if number is not None else ""
        if progress.planned and len(progress.rounds_done) >= progress.planned:
            when = " after the last round"
        parts = [f"no progress for {silent:.0f} s{when}"]
        if watch.clients_planned is not None:
            parts.append(f"{progress.connected or 0} of {watch.clients_planned} clients connected")
        awaited = [f"{name}: {ready.missing()}" for name, ready in federation.readiness.items()]
        if awaited:
            parts.append("waiting for " + "; ".join(awaited))
        if outlived := federation.outlived():
            parts.append(_outlived_text(outlived))
        parts += federation.activity.sentences(silent)
        if watch.stalled_say:
            facts = {
                "connected": progress.connected or 0,
                "clients": watch.clients_planned or 0,
                "round": number or 0,
                "rounds": progress.planned or 0,
            }
            parts.append(sentence(watch.stalled_say, facts))
        return "; ".join(parts)

    def _deadline(self) -> None:
        federation, limit = self._federation, self._launch.plan.watch.deadline_s
        verdict = Verdict.STALLED if federation.stalled else Verdict.TIMEOUT
        silent = self._loop.clock() - federation.progress.last_at
        said = f"; {self._diagnosis(silent)}" if federation.stalled else ""
        working = [child.name for child in federation.children.values() if child.state.alive]
        still = f" while {some(working)} still ran" if working else ""
        federation.stop(Cause(verdict, f"the deadline of {limit:g} s passed{still}{said}"), "deadline")

    # -- who ends the run ------------------------------------------------------------------------

    def _take_signals(self) -> None:
        """Signals arrive as bytes on a socket, so that they are handled between turns of the loop."""
        receive, send = socket.socketpair()
        for sock in (receive, send):
            sock.setblocking(False)
        signal.set_wakeup_fd(send.fileno())
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        self._wakeup = (receive, send)

        def take(events: int) -> None:
            for number in receive.recv(64):
                if number in _SIGNALS:  # and not the timer of a search that took too long
                    self._got(signal.Signals(number).name)

        self._loop.watch(receive.fileno(), take)

    def _got(self, name: str) -> None:
        if os.getppid() != self._guard:
            lock.sign(self._held)  # else the run counts as dead while we stop it
            self._federation.fail(Cause(Verdict.FAILED, "the guard of the run was killed"))
        else:
            reason = f"the supervisor got {name}"
            self._federation.stop(Cause(Verdict.INTERRUPTED, reason, signal=name), name)

    def _owner_left(self) -> None:
        if not self._control.detached:
            self._federation.stop(Cause(Verdict.INTERRUPTED, "its front end ended"), "owner")

    def _owner_never_came(self) -> None:
        if not self._control.was_owned and not self._control.detached:
            self._owner_left()

    # -- files -----------------------------------------------------------------------------------

    def _write_files(self) -> None:
        plan, path = self._launch.plan, ""
        try:
            for process in plan.processes:
                path = process.cwd
                if self._folder in Path(path).parents:
                    Path(path).mkdir(parents=True, exist_ok=True)
            for file in plan.files:
                path = file.path
                self._write_file(file)
        except OSError as error:
            reason = f"{path} could not be written: {error.strerror or error}"
            self._federation.fail(Cause(Verdict.FAILED, reason))

    def _write_file(self, file: RunFile) -> None:
        path = Path(file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = fill(file.text, "inputs", self._launch.secrets) if file.secret else file.text
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if file.secret else 0o644)
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            out.write(text)

    # -- the end ---------------------------------------------------------------------------------

    def _children_ended(self) -> None:
        federation = self._federation

        def reap() -> None:
            federation.trees.refresh(federation.children.values(), federation.tools.pids)

        Sweep(self._launch.plan.run, self._loop, reap, self._swept)

    def _swept(self, leftovers: tuple[Leftover, ...]) -> None:
        known = {left.pid for left in leftovers}
        self._federation.leftovers = [left for left in self._federation.leftovers if left.pid in known]
        self._federation.leftovers += [left for left in leftovers if left not in self._federation.leftovers]
        shutil.rmtree(self._folder / "secrets", ignore_errors=True)
        result = self._result()
        self._exit_code = result.exit_code
        self._writer.end(result)
        self._control.close()
        socket_path.remove(self._folder)
        self._ended = True

    def _result(self) -> Result:
        federation, plan, progress = self._federation, self._launch.plan, self._federation.progress
        first = min((failure.at for failure in federation.failures), default=0.0)
        evidence = Evidence(
            cause=federation.cause or Cause(Verdict.OK),
            success=plan.success,
            rounds_done=frozenset(progress.rounds_done),
            metrics_of_round=progress.of_round,
            finals=progress.finals,
            failures=tuple(sorted(federation.failures, key=lambda failure: failure.at)),
            notes_before=self._warnings_before(first),
            notes_after=self._notes_after(first),
            leftovers=tuple(federation.leftovers),
            lost=self._writer.lost,
            disk_full=self._writer.disk_full,
            framework=plan.framework,
            out_of_memory=federation.out_of_memory.sentences,
            errors=tuple(text for _, level, text in progress.notes if level == "error"),
            warnings=tuple(text for _, level, text in progress.notes if level != "info"),
        )
        judgement = judge(evidence)
        return Result(
            recipe=plan.recipe,
            run=plan.run,
            folder=str(self._folder),
            verdict=judgement.verdict,
            exit_code=judgement.exit_code,
            reason=judgement.reason,
            rounds_done=len(progress.rounds_done),
            rounds_planned=plan.success.rounds,
            metrics=progress.finals,
            processes=tuple(self._process_results()),
            steps=tuple(
                StepResult(name, status.step.name, status.state, status.by)
                for name, dialogue in federation.dialogues.items()
                for status in dialogue.statuses
            ),
            leftovers=tuple(federation.leftovers),
            duration_s=round(self._writer.clock() - self._began, 3),
            culprit=judgement.culprit,
            engine_lost=os.getppid() != self._guard,
        )

    def _warnings_before(self, first: float) -> tuple[str, ...]:
        """What was warned of shortly before the first failure: a process says why, and then it ends."""
        return tuple(
            text
            for at, level, text in self._federation.progress.notes
            if level != "info" and first - _SHORTLY_S <= at < first
        )

    def _notes_after(self, first: float) -> tuple[str, ...]:
        """What was noted since the first failure: the warnings, or everything where there is none."""
        since = [
            (level, text) for at, level, text in self._federation.progress.notes if first and at >= first
        ]
        warnings = tuple(text for level, text in since if level != "info")
        return warnings or tuple(text for _, text in since)

    def _process_results(self) -> list[ProcessResult]:
        results = []
        for child in self._federation.children.values():
            usage = self._sampling.totals(child)
            ending = child.ending
            results.append(
                ProcessResult(
                    name=child.name,
                    role=child.plan.role,
                    state=child.state.value,
                    exit_code=ending.exit_code if ending else None,
                    signal=ending.signal if ending else None,
                    cpu_s=round(usage.cpu_s, 2),
                    max_rss_mb=round(usage.max_rss_mb, 1),
                    log=f"logs/{child.name}.log",
                )
            )
        return results


def _outlived_text(names: list[str]) -> str:
    return (
        f"still waiting for {' and '.join(names)} to end, though all that needed it have ended;"
        " what never ends by itself has `ends: serves` in its recipe"
    )
