"""Which process may start, what the end of one means, and when the run is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from fltui.engine.activity import Activity, held_text
from fltui.engine.child import READ_AT_ONCE, Child, InputError
from fltui.engine.dialogue import Dialogue, Mode
from fltui.engine.lines import LineReader
from fltui.engine.loop import Loop
from fltui.engine.mask import Mask
from fltui.engine.out_of_memory import OutOfMemory
from fltui.engine.progress import Progress
from fltui.engine.readiness import Readiness, files_before
from fltui.engine.stopping import Stopping
from fltui.engine.tally import Tally
from fltui.engine.tool import Tools
from fltui.engine.trees import Trees
from fltui.engine.verdict import Cause, Failure
from fltui.facts.late import fill
from fltui.facts.launch import Launch
from fltui.facts.plan import Check, Need
from fltui.facts.state import NEXT_STATES, ProcessState, RunState
from fltui.facts.verdict import Leftover, Verdict
from fltui.record.writer import RunWriter

S = ProcessState
_ONE_LOOK_S = 0.05  # a look at the process table that is no older holds for everybody
_SHORTEST_SECRET = 4  # letters typed without an echo; to overwrite every "y" would spoil the log


class Federation:
    """The children of one run. `settle` does what the present state asks for; it is called after
    every change. `over()` is called once all children have ended after the stop began."""

    def __init__(self, launch: Launch, loop: Loop, writer: RunWriter, over: Callable[[], None]) -> None:
        self.plan = launch.plan
        self.secrets = dict(launch.secrets)
        self.loop = loop
        self.writer = writer
        self.trees = Trees(loop.clock)
        self.tools = Tools(loop, writer, self.secrets)
        self.progress = Progress(self.plan, writer, loop, self.changed)
        self.out_of_memory = OutOfMemory(
            self.plan, lambda name: self.children[name].state.alive, self.progress.note
        )
        people = launch.person or not launch.headless
        confirm = not launch.headless
        self.mode = Mode(people=people, confirm=confirm, step=self.plan.step_mode)
        self.children: dict[str, Child] = {}
        self.dialogues: dict[str, Dialogue] = {}
        self.readiness: dict[str, Readiness] = {}
        self.stoppings: dict[str, Stopping] = {}
        self.activity = Activity()
        self.failures: list[Failure] = []
        self.leftovers: list[Leftover] = []
        self.cause: Cause | None = None
        self.stopped_at: float | None = None
        self.state = RunState.STARTING
        self.stalled = False
        self.diagnosis = ""
        self._over: Callable[[], None] | None = over
        self._dirty = True
        self._backing_off: set[str] = set()
        self._check_tallies: dict[str, dict[Check, Tally]] = {}
        self._ended_at: dict[str, float] = {}
        self._round_at: dict[str, int | None] = {}
        masked = [value.encode() for value in self.secrets.values()]
        for process in self.plan.processes:
            child = Child(process, loop, writer.log(process.name), Mask(masked), writer.clock)
            self.children[process.name] = child
            self.dialogues[process.name] = Dialogue(
                child,
                self.plan,
                self.mode,
                loop,
                writer,
                self.tools,
                self.say,
                self.progress.moved,
                lambda reason, name=process.name: self.fail(Cause(Verdict.UNANSWERED, reason, name)),  # type: ignore[misc]
            )
            checks = process.ready.checks if process.ready else ()
            self._check_tallies[process.name] = {
                check: Tally(check.line or "", check.process or process.name, self.changed)
                for check in checks
                if check.kind == "log"
            }

    def changed(self) -> None:
        self._dirty = True

    def settle(self) -> None:
        """Does all that the present state asks for."""
        while self._dirty:
            self._dirty = False
            if self.cause is None:
                for readiness in list(self.readiness.values()):
                    readiness.look()
                self._start_what_can()
                for dialogue in self.dialogues.values():
                    dialogue.advance()
                if self.cause is None and self._came_to_its_end():
                    self._blame_held()
                    self.stop(Cause(Verdict.OK), "fltui")
            self._note_state()
            if self.cause is not None:
                self._stop_what_may()

    # -- starting ------------------------------------------------------------------------------

    def _start_what_can(self) -> None:
        for child in self.children.values():
            if child.state is not S.PENDING or child.name in self._backing_off or self.cause is not None:
                continue
            blocked = next((need for need in child.plan.needs if self._impossible(need)), None)
            if blocked is not None:
                state = self.children[blocked.process].state
                reason = f"needs {blocked.process} {blocked.condition}, which {state}"
                self._set(child, S.SKIPPED, reason=reason)
                if child.plan.on_failure == "fail":
                    self.fail(Cause(Verdict.FAILED, f"{child.name} could not start: it {reason}", child.name))
            elif all(self.children[need.process].state.meets(need.condition) for need in child.plan.needs):
                self._spawn(child)

    def _too_slow(self, child: Child, pattern: str) -> None:
        text = f"the recipe's pattern {pattern!r} takes too long on a line of {child.name}, and is looked for no more"
        self.progress.note(text, "error", child.name)

    def _impossible(self, need: Need) -> bool:
        return self.children[need.process].state in (S.FAILED, S.SKIPPED)

    def _spawn(self, child: Child) -> None:
        dialogue = self.dialogues[child.name]
        tallies = [*self._check_tallies[child.name].values(), *dialogue.tallies]
        for tally in tallies:
            if tally.target in (child.name, child.plan.group):
                tally.forget()
        matchers = self.progress.matchers(child.plan)
        memory = self.out_of_memory.matcher(child.plan)
        matchers += [memory] if memory else []
        for owner in self.children:
            for tally in [*self._check_tallies[owner].values(), *self.dialogues[owner].tallies]:
                matcher = tally.matcher(child.plan)
                if matcher is not None:
                    matchers.append(matcher)
        files = files_before(child.plan)
        try:
            lines = LineReader(matchers, partial(self._too_slow, child))
            child.spawn(lines, self.secrets, lambda: self._leader_ended(child))
        except OSError as error:
            self._set(child, S.FAILED, reason=f"could not be started: {error}")
            self._failed(child, f"could not be started: {error}")
            return
        self._set(child, S.RUNNING, pid=child.pid)
        if child.plan.ready is None:
            self._set(child, S.READY)
        else:
            readiness = Readiness(
                child.plan,
                self._check_tallies[child.name],
                self.loop,
                self.tools,
                lambda: self._own_pids(),
                files,
                lambda reason: self._ready_decided(child, reason),
            )
            if child.state is S.RUNNING:  # not decided yet
                self.readiness[child.name] = readiness
        dialogue.begin(child.plan)

    def _own_pids(self) -> set[int]:
        if self.loop.clock() - self.trees.read_at > _ONE_LOOK_S:  # many wait for a port at once
            self.trees.refresh(self.children.values(), self.tools.pids)
        return set().union(*(self.trees.members(child) for child in self.children.values()))

    def _ready_decided(self, child: Child, reason: str | None) -> None:
        self.readiness.pop(child.name, None)
        if reason is None:
            self._set(child, S.READY)
        else:
            self.fail(Cause(Verdict.NOT_READY, f"{child.name} is {reason}", child.name))

    # -- the end of one process ----------------------------------------------------------------

    def _leader_ended(self, child: Child) -> None:
        self._ended_at[child.name] = self.writer.clock()
        for other in self.children.values():
            other.drain(READ_AT_ONCE)  # what was said before this end, the round's number for one
        self._round_at[child.name] = self.current_round()
        child.lines.finish()
        self.progress.read_files([child.plan], ended=True)
        self.trees.refresh(self.children.values(), self.tools.pids)
        if child.name in self.readiness:
            self._ended_before_it_was_ready(child, self.readiness[child.name])
        if child.name not in self.stoppings:
            self._stopping(child, "linger")
        self.stoppings[child.name].look()
        self.changed()

    def _ended_before_it_was_ready(self, child: Child, readiness: Readiness) -> None:
        """A stranger on its port is why; unless it may try again, when that one may have left."""
        readiness.look()
        if child.incarnation <= child.plan.restart.most:
            readiness.close()
        else:
            readiness.ended(str(child.ending))
        self.readiness.pop(child.name, None)

    def _stopping(self, child: Child, stage: str) -> None:
        stopping = Stopping(
            child,
            self.trees,
            self.loop,
            self.tools,
            self.writer,
            self.secrets,
            lambda leftovers: self._gone(child, leftovers),
        )
        self.stoppings[child.name] = stopping
        stopping.begin(stage)

    def _gone(self, child: Child, leftovers: tuple[Leftover, ...]) -> None:
        """The whole tree of a child has gone, or what is left cannot be ended."""
        stopping = self.stoppings.pop(child.name)
        self.leftovers.extend(leftovers)
        if leftovers:
            self.writer.event(
                "left",
                child.name,
                leftovers=[{"pid": left.pid, "command": left.command} for left in leftovers],
            )
        if stopping.stage in ("group", "kill") and child.state is not S.STOPPING:
            self.progress.note(
                f"{child.name} left processes behind when it ended; they were ended", "warning", child.name
            )
        self.dialogues[child.name].close()
        problem = self._problem(child)
        child.release()
        if problem is None:
            ended = S.DONE if self._by_itself(child) else S.STOPPED
            self._set(child, ended, **self._ending(child))
            return
        self._set(child, S.FAILED, reason=problem, **self._ending(child))
        if self.cause is None and child.incarnation <= child.plan.restart.most:
            self._restart_later(child, problem)
        else:
            self._failed(child, problem)

    def _ending(self, child: Child) -> dict[str, int | str | None]:
        ending = child.ending
        return {"exit_code": ending.exit_code, "signal": ending.signal} if ending else {}

    def _problem(self, child: Child) -> str | None:
        """Why this end is not what the recipe says, or None."""
        ending = child.ending
        if child.state is S.STOPPING:
            return None if ending is not None else "could not be ended"
        if ending is None:
            return "could not be ended"
        if self.stopped_at is not None and self._ended_at.get(child.name, 0.0) >= self.stopped_at:
            return None  # the run was ending: a server whose last peer has gone may go too
        if child.start_error is not None:
            return f"could not be started: {child.start_error}"
        if child.plan.ends == "serves":
            return f"{ending}, although it should have served until the end of the run"
        if ending.exit_code not in child.plan.exit_codes:
            return str(ending)
        if child.state is S.RUNNING:
            return f"{ending} before it was ready"
        undone = self.dialogues[child.name].undone()
        return f"{ending} before its step {undone.step.name}" if undone else None

    def _by_itself(self, child: Child) -> bool:
        """Whether an end without a problem is the one that the recipe plans, and not the stop's work."""
        cause, ending = self.cause, child.ending
        if cause is None or ending is None:
            return True
        if child.plan.ends == "serves":
            return cause.verdict is Verdict.OK and ending.signal != "SIGKILL"
        return child.state is not S.STOPPING and ending.exit_code in child.plan.exit_codes

    def _failed(self, child: Child, what: str) -> None:
        at = self._ended_at.pop(child.name, self.writer.clock())
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        number = self._round_at.pop(child.name, self.current_round())
        self.failures.append(Failure(child.name, what, at, clock, number))
        if child.plan.on_failure == "fail":
            self.fail(Cause(Verdict.FAILED, f"{child.name} {what}", child.name))
        self.changed()

    def current_round(self) -> int | None:
        """The round that is under way, as far as can be told."""
        done = max(self.progress.rounds_done, default=0)
        if self.progress.round_now is not None:
            return max(self.progress.round_now, min(done + 1, self.progress.planned or done + 1))
        return done + 1 if done and done < (self.progress.planned or 0) else None

    def _restart_later(self, child: Child, problem: str) -> None:
        backoff = child.plan.restart.backoff_s
        time_of = f"{child.incarnation} of {child.plan.restart.most}"
        text = f"{child.name} {problem}; it starts again in {backoff:g} s ({time_of})"
        self.progress.note(text, "warning", child.name)
        self._set(child, S.PENDING)
        self._backing_off.add(child.name)
        self.loop.later(backoff, lambda: self._back(child))

    def _back(self, child: Child) -> None:
        self._backing_off.discard(child.name)
        self.changed()

    def restart(self, name: str) -> None:
        """A person starts an ended process again. Raises InputError."""
        child = self.children[name]
        if child.state is not S.FAILED or self.cause is not None:
            raise InputError(f"{name} is {child.state}; only a failed process of a live run can start again")
        self.failures = [failure for failure in self.failures if failure.process != name]
        self._set(child, S.PENDING)

    # -- the end of the run ----------------------------------------------------------------------

    def _came_to_its_end(self) -> bool:
        """All that completes has completed, and every step of what serves is done."""
        serving = [child for child in self.children.values() if child.plan.ends == "serves"]
        completing = [child for child in self.children.values() if child.plan.ends != "serves"]
        if not all(child.state.ended for child in completing):
            return False
        if not completing:
            undone = [child for child in serving if not self.dialogues[child.name].statuses]
            if len(undone) == len(serving):
                return False
        return all(self.dialogues[child.name].over or child.state.ended for child in serving) and not any(
            child.state is S.PENDING for child in serving
        )

    def _blame_held(self) -> None:
        """Who is held by a stop signal does not serve: a federation that went on without it is not as planned."""
        if self.activity.held:
            self.trees.refresh(self.children.values(), self.tools.pids)
        for name, held in self.activity.held.items():
            child, now = self.children[name], self.trees.table.entries.get(held.pid)
            if child.plan.ends == "serves" and child.pid == held.pid and now is not None and now.state == "T":
                self._ended_at[name], self._round_at[name] = held.at, held.round
                self.progress.withdraw(held_text(name, held.pid))
                self._failed(child, "was held by a stop signal until the end")

    def outlived(self) -> list[str]:
        """Ready processes that should end by themselves and still run when all that needed them have ended."""
        users: dict[str, list[Child]] = {}
        for child in self.children.values():
            for need in child.plan.needs:
                if need.condition != "completed":
                    users.setdefault(need.process, []).append(child)
        return [
            name
            for name, waiting in users.items()
            if self.children[name].state is S.READY
            and self.children[name].plan.ends != "serves"
            and all(child.state.ended for child in waiting)
        ]

    def fail(self, cause: Cause) -> None:
        self.stop(cause, "fltui")

    def stop(self, cause: Cause, by: str) -> None:
        """Begins the stop; the first cause is the one that counts. Only a run that has come to its end
        and is told to stop while it does is interrupted all the same: nobody waited for what serves."""
        if self.cause is not None and self.cause.verdict is Verdict.OK and by != "owner":
            if cause.verdict is Verdict.INTERRUPTED:
                self.cause = cause
                self.writer.event("stop", by=by, reason=cause.reason, process=cause.process)
        elif self.cause is None:
            self.cause = cause
            self.stopped_at = self.writer.clock()
            reason = cause.reason or "the federation came to its end"
            self.writer.event("stop", by=by, reason=reason, process=cause.process)
            for child in self.children.values():
                self.dialogues[child.name].close()  # nothing is typed any more but the polite stop
                if child.state is S.PENDING:
                    self._set(child, S.SKIPPED, reason="the run ended first")
            self.tools.kill()
        self.changed()

    def hurry(self) -> None:
        """SIGKILL to everything that still runs."""
        self.trees.refresh(self.children.values(), self.tools.pids)
        for child in self.children.values():
            if child.state.alive and child.name not in self.stoppings:
                self._begin_stop(child, "kill")
        for stopping in list(self.stoppings.values()):
            stopping.hurry()
        self.tools.kill()
        self.changed()

    def _stop_what_may(self) -> None:
        """Reverse dependency order: a process is stopped when all that need it have ended."""
        alive = [child for child in self.children.values() if child.state.alive]
        needed = {need.process for child in alive for need in child.plan.needs}
        for child in alive:
            if child.name not in self.stoppings and child.name not in needed:
                self._begin_stop(child)
        if not alive and not self.stoppings and self._over is not None:
            over, self._over = self._over, None
            over()

    def _begin_stop(self, child: Child, stage: str = "polite") -> None:
        readiness = self.readiness.pop(child.name, None)
        if readiness is not None:
            readiness.close()
        self._set(child, S.STOPPING)
        self._stopping(child, stage)

    def look_at_stops(self) -> None:
        """Called every few hundredths of a second while something is being ended."""
        self.trees.refresh(self.children.values(), self.tools.pids)
        for stopping in list(self.stoppings.values()):
            stopping.look()

    # -- input -----------------------------------------------------------------------------------

    def say(self, child: Child, text: str, by: str, secret: bool = False) -> None:
        """Types a line into a child; what it turned its echo off for is never recorded."""
        hidden = secret or child.hides_input
        words = fill(text, "inputs", self.secrets)
        if secret or (hidden and len(words) >= _SHORTEST_SECRET):
            child.mask.add(words.encode())
        offset = child.log.offset
        child.send(words)
        self.writer.event("input", child.name, by=by, text=None if hidden else text, offset=offset)
        if by == "person" and not hidden:
            self.dialogues[child.name].typed(text)
        self.progress.moved()

    # -- states ----------------------------------------------------------------------------------

    def _set(self, child: Child, state: ProcessState, **data: object) -> None:
        if state not in NEXT_STATES[child.state]:
            raise RuntimeError(f"{child.name} cannot go from {child.state} to {state}")
        child.state = state
        child.reason = str(data["reason"]) if data.get("reason") else child.reason
        self.writer.event("process", child.name, state=state.value, incarnation=child.incarnation, **data)
        self.progress.moved()

    def _note_state(self) -> None:
        state = self._run_state()
        if state is not self.state:
            self.state = state
            reason = {"reason": self.diagnosis} if state is RunState.STALLED else {}
            self.writer.event("run", state=state.value, **reason)

    def _run_state(self) -> RunState:
        if self.cause is not None:
            return RunState.STOPPING
        if any(dialogue.asking for dialogue in self.dialogues.values()):
            return RunState.WAITING
        if self.stalled:
            return RunState.STALLED
        pending = any(child.state in (S.PENDING, S.RUNNING) for child in self.children.values())
        return (
            RunState.STARTING
            if pending and not self.progress.rounds_done and self.progress.round_now is None
            else RunState.RUNNING
        )
