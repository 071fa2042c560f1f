"""Follows an owned run from its first row to its end: shows it, answers it, and stops it on a signal."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from pathlib import Path

from fltui.cli.adopted import is_init, reap_adopted
from fltui.cli.interrupts import Interrupts
from fltui.cli.person import Person
from fltui.cli.progress import lines_of, live_line
from fltui.cli.stderr_lines import StderrLines
from fltui.cli.wording import clock_text
from fltui.control.client import Refused, RunGone, Supervisor
from fltui.control.crashed import close_crashed
from fltui.control.force import kill_supervisor
from fltui.control.start import Engine
from fltui.facts.verdict import Result
from fltui.record.lock import owner
from fltui.record.reader import Follower, read_manifest
from fltui.record.snapshot import begin
from fltui.record.views import RunSnapshot

LOOK_S = 0.1
QUIET_S = 60.0  # without a live line, how often a run in which nothing happens says that it lives


class Follow:
    """The view of one run on stderr. `wall` gives Unix seconds."""

    def __init__(
        self,
        folder: Path,
        lines: StderrLines,
        interrupts: Interrupts,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._snapshot: RunSnapshot = begin(read_manifest(folder))
        self._lines = lines
        self._interrupts = interrupts
        self._wall = wall
        self._follower = Follower(folder)
        self._result: Result | None = None
        self._said_at = wall()
        self._signals_told = 0

    def to_the_end(self, supervisor: Supervisor | None, engine: Engine, person: Person | None) -> Result:
        """Returns the Result that the engine, its guard, or at the very last this process wrote."""
        connection = supervisor
        try:
            while self._result is None:
                connection = self._wait(connection, person)
                self._look()
                if self._result is None and connection is not None:
                    if person is not None:
                        person.update([(step.process, step.name) for step in self._snapshot.asking])
                    self._pass_on_signals(connection)
                if is_init():
                    reap_adopted({engine.child_pid})
                if self._result is None and engine.ended and owner(self._folder) is None:
                    self._look()  # what was written between the last look and its end
                    self._result = self._result or close_crashed(self._folder)
        finally:
            if person is not None:
                person.close()
            self._lines.close()
        return self._result

    def _wait(self, connection: Supervisor | None, person: Person | None) -> Supervisor | None:
        """Until something can be read, or for a tenth of a second. None once the supervisor has gone."""
        sources = [connection.fileno()] if connection is not None else []
        stdin = person.fd if person is not None else None
        if stdin is not None:
            sources.append(stdin)
        ready, _, _ = select.select(sources, [], [], LOOK_S)
        try:
            if person is not None and stdin is not None and stdin in ready:
                person.read()
        except RunGone:
            return None
        # The supervisor never speaks unasked: what can be read now is the end of the connection.
        return None if connection is not None and connection.fileno() in ready else connection

    def _look(self) -> None:
        self._snapshot, news = lines_of(self._follower.poll(), self._snapshot)
        now = self._wall()
        if news:
            self._said_at = now
            self._lines.say_all([(f"{self._elapsed(line.t)}  {line.text}", line.tone) for line in news])
        self._result = self._snapshot.result
        self._lines.show(live_line(self._snapshot, now))
        if not self._lines.live and now - self._said_at >= QUIET_S:
            self._lines.say(live_line(self._snapshot, now))
            self._said_at = now

    def _elapsed(self, t: float) -> str:
        return clock_text(t - (self._snapshot.started_at or t))

    def _pass_on_signals(self, supervisor: Supervisor) -> None:
        """The first signal stops the run, each further one by force."""
        count = self._interrupts.count
        if count == self._signals_told:
            return
        force, self._signals_told = count > 1, count
        try:
            supervisor.request(
                "stop",
                by="Ctrl-C" if self._interrupts.by_key else self._interrupts.signal_name,
                reason=self._interrupts.reason,
                signal=self._interrupts.signal_name,
                force=force,
            )
        except (RunGone, Refused) as error:
            if not force or not kill_supervisor(self._folder):
                self._lines.say(f"{error}; once more kills it", "wait")
                return
        if force:
            self._lines.say("killing what still runs", "wait")
        elif self._interrupts.by_key:
            self._lines.say("stopping the run; Ctrl-C again kills it at once", "wait")
