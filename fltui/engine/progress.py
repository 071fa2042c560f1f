"""What the federation has achieved, read from lines and metric files; and since when it is silent."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from functools import partial

from fltui.engine.lines import Matcher
from fltui.engine.loop import Loop
from fltui.engine.metric_file import MetricFile
from fltui.engine.preparation import Preparation
from fltui.engine.readings import amount, json_value, sentence, whole
from fltui.facts.plan import LaunchPlan, LineRule, MetricRule, NoteRule, Process
from fltui.facts.records import Metric
from fltui.record.writer import RunWriter

_METRIC_LINE = r'^\s*\{"metric":'
_MOST_NOTES = 200
_MOST_COMPLAINTS = 20  # about one process; a flood of bad lines is not another flood of ours


class Progress:
    """Rounds, metrics, clients and notes of one run. `rounds_done` holds the numbers of done rounds."""

    def __init__(self, plan: LaunchPlan, writer: RunWriter, loop: Loop, changed: Callable[[], None]) -> None:
        self.rounds_done: set[int] = set()
        self.round_now: int | None = None
        self.connected: int | None = None
        self.last_at = loop.clock()
        self.notes: list[tuple[float, str, str]] = []  # time, level, text
        self.finals: dict[str, float] = {}
        self.of_round: dict[int, dict[str, float]] = {}
        self._plan = plan
        self._writer = writer
        self._loop = loop
        self._changed = changed
        self._clients: set[str] = set()
        self._started: set[int] = set()
        rules = [rule for process in plan.processes for rule in process.metrics]
        self._files = {
            rule.path: MetricFile(rule.path) for rule in rules if rule.kind == "file" and rule.path
        }
        self._unreadable: set[str] = set()
        self._complaints: Counter[str] = Counter()
        self._titles: dict[str, str] = {}
        self._preparation = Preparation(writer, loop, self._begun)

    def moved(self) -> None:
        """Something happened that is progress."""
        self.last_at = self._loop.clock()
        self._changed()

    # -- rounds ------------------------------------------------------------------------------

    @property
    def planned(self) -> int | None:
        return self._plan.success.rounds

    def _begun(self) -> bool:
        return bool(self.rounds_done) or self.round_now is not None

    def round_started(self, number: int) -> None:
        if number not in self._started:
            self._started.add(number)
            self.round_now = number
            self._writer.event("round", round=number, phase="started")
            self.moved()

    def _begin_rounds(self, process: Process) -> None:
        """Who alone says which round it is says so anew when it starts again. What was done stays done:
        it may go on from where it was."""
        rule = self._plan.watch.round_started
        if rule is not None and [p.name for p in self._plan.processes if _concerns(rule, p)] == [
            process.name
        ]:
            self._started.clear()
            self.round_now = None

    def round_done(self, number: int) -> None:
        if number >= 1 and number not in self.rounds_done:
            self.rounds_done.add(number)
            self._writer.event("round", round=number, phase="done")
            self.moved()

    # -- rules -------------------------------------------------------------------------------

    def matchers(self, process: Process) -> list[Matcher]:
        """The matchers for a new incarnation of `process`."""
        self._begin_rounds(process)
        self._titles.pop(process.name, None)
        watch = self._plan.watch
        found: list[Matcher] = []

        def add(rule: LineRule | NoteRule | None, call: Callable[[re.Match[str]], None]) -> None:
            if rule is not None and _concerns(rule, process):
                found.append(Matcher(rule.line, lambda line, match: call(match)))

        add(watch.round_started, partial(self._round_line, process, self.round_started))
        add(watch.round_done, partial(self._round_line, process, self.round_done))
        add(watch.clients, lambda match: self._client_line(process, match))
        for note in watch.notes:
            add(note, partial(self._note, note, process))
        for rule in watch.progress:
            add(rule, lambda match: self._progress_line(process, match))
        for metric in process.metrics:
            if metric.kind == "json":
                found.append(Matcher(_METRIC_LINE, partial(self._metric_line, process, metric)))
            elif metric.kind == "line":
                found.append(Matcher(str(metric.line), partial(self._metric_match, process, metric)))
        return found

    def read_files(self, processes: list[Process], ended: bool = False) -> None:
        """New complete lines of the metric files that recipes name; when the processes have `ended`,
        also a last line without a newline."""
        for process in processes:
            for rule in process.metrics:
                if rule.kind == "file" and rule.path:
                    for line in self._new_lines(process, rule.path, ended):
                        self._json_line(process, rule, line)

    def note(
        self,
        text: str,
        level: str = "info",
        process: str | None = None,
        for_verdict: bool = True,
        **more: bool,
    ) -> None:
        """Tells it now, with what else stands in the event, and with the end of the run where it is `for_verdict`."""
        self._writer.event("note", process, text=text, level=level, **more)
        if for_verdict:
            self._keep(text, level)

    def withdraw(self, text: str) -> None:
        """What was noted so holds no more; the verdict does not tell it."""
        self.notes = [note for note in self.notes if note[2] != text]

    def _keep(self, text: str, level: str) -> None:
        """For the verdict."""
        if len(self.notes) < _MOST_NOTES and text not in (said for *_, said in self.notes):
            self.notes.append((self._writer.clock(), level, text))

    # -- lines -------------------------------------------------------------------------------

    def _note(self, rule: NoteRule, process: Process, match: re.Match[str]) -> None:
        groups = {name: value or "" for name, value in match.groupdict().items()}
        text = sentence(rule.say, {**groups, "process": process.name})
        if rule.title:
            self._title(process.name, text, rule.level)
        else:
            self.note(text, rule.level, process.name)
        self.moved()

    def _title(self, process: str, text: str, level: str) -> None:
        """How a process stands now. It explains no failure, so as long as it is no warning the verdict
        does not tell it."""
        if self._titles.get(process) == text:
            return
        self._titles[process] = text
        self._writer.event("note", process, text=text, level=level, title=True)
        if level != "info":
            self._keep(text, level)

    def _progress_line(self, process: Process, match: re.Match[str]) -> None:
        self._preparation.line(process, match.string)
        self.moved()

    def _round_line(self, process: Process, call: Callable[[int], None], match: re.Match[str]) -> None:
        round_number = whole(match["round"])
        if round_number is None:
            self._complain(process, f"no number of a round: {match[0][:200]}")
        else:
            call(round_number)

    def _complain(self, process: Process, what: str) -> None:
        """Says that a process printed something that cannot be read; not for ever."""
        self._complaints[process.name] += 1
        count = self._complaints[process.name]
        if count <= _MOST_COMPLAINTS:
            more = "; what follows of this kind is not told" if count == _MOST_COMPLAINTS else ""
            self.note(f"{process.name}: {what}{more}", "warning", process.name)

    def _client_line(self, process: Process, match: re.Match[str]) -> None:
        groups = match.groupdict()
        if groups.get("connected") is not None:
            read = whole(groups["connected"])
            if read is None:
                return self._complain(process, f"no number of clients: {match[0][:200]}")
            connected = read
        else:
            self._clients.add(groups.get("client") or f"{process.name} {match[0]}")
            connected = len(self._clients)
        if connected != self.connected:
            self.connected = connected
            self._writer.event("clients", connected=connected, planned=self._plan.watch.clients_planned)
            self.moved()
        return None

    def _json_line(self, process: Process, rule: MetricRule, line: str) -> None:
        try:
            value = json_value(line)
        except ValueError:
            return self._complain(process, f"a metric line that is no JSON: {line[:200]}")
        body = value.get("metric", value) if isinstance(value, dict) else None
        if not isinstance(body, dict):
            return self._complain(process, f"a metric line without names: {line[:200]}")
        values = {
            name: read
            for name, item in body.items()
            if name not in ("round", "scope")
            and isinstance(item, (int, float))
            and (read := amount(item)) is not None
        }
        scope = str(body.get("scope", rule.scope))
        return self._metrics(process, whole(body.get("round")), scope, values)

    def _metric_line(self, process: Process, rule: MetricRule, line: str, match: re.Match[str]) -> None:
        self._json_line(process, rule, line)

    def _metric_match(self, process: Process, rule: MetricRule, line: str, match: re.Match[str]) -> None:
        groups = match.groupdict()
        round_number = whole(groups.get("round"))
        values: dict[str, float] = {}
        for name, text in groups.items():
            if name == "round" or text is None:
                continue
            read = amount(text)
            if read is None:
                self._complain(process, f"{name} is no number: {text[:200]!r}")
            else:
                values[name] = read
        self._metrics(process, self.round_now if round_number is None else round_number, rule.scope, values)

    def _metrics(self, process: Process, number: int | None, scope: str, values: dict[str, float]) -> None:
        now = self._writer.clock()
        self._writer.metric(
            *(Metric(now, number, process.name, scope, name, value) for name, value in values.items())
        )
        if scope == "global":
            for name, value in values.items():
                self._global(process, number, name, value)
        self.moved()

    def _global(self, process: Process, number: int | None, name: str, value: float) -> None:
        if not math.isfinite(value):
            self.note(f"the global {name} is {value} in round {number}", "warning", process.name)
        self.finals[name] = value
        if number is not None:
            self.of_round.setdefault(number, {})[name] = value
            if self._plan.watch.round_done is None and name == (self._plan.success.metric or name):
                self.round_done(number)

    def _new_lines(self, process: Process, path: str, ended: bool) -> list[str]:
        try:
            return self._files[path].new_lines(ended)
        except OSError as error:
            if path not in self._unreadable:
                self._unreadable.add(path)
                self._complain(process, f"its metric file {path} cannot be read: {error.strerror}")
            return []


def _concerns(rule: LineRule | NoteRule, process: Process) -> bool:
    return rule.process in (process.name, process.group)
