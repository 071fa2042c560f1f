"""What the federation has achieved, read from lines and metric files; and since when it is silent."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from functools import partial

from fltui.engine.lines import Matcher
from fltui.engine.loop import Loop
from fltui.facts.plan import LaunchPlan, LineRule, MetricRule, NoteRule, Process
from fltui.facts.records import Metric
from fltui.record.writer import RunWriter

_METRIC_LINE = r'^\s*\{"metric":'
_MOST_NOTES = 200


class Progress:
    """Rounds, metrics, clients and notes of one run. `rounds_done` holds the numbers of done rounds."""

    def __init__(self, plan: LaunchPlan, writer: RunWriter, loop: Loop, changed: Callable[[], None]) -> None:
        self.rounds_done: set[int] = set()
        self.round_now: int | None = None
        self.connected: int | None = None
        self.last_at = loop.clock()
        self.notes: list[tuple[float, str]] = []
        self.finals: dict[str, float] = {}
        self.of_round: dict[int, dict[str, float]] = {}
        self._plan = plan
        self._writer = writer
        self._loop = loop
        self._changed = changed
        self._clients: set[str] = set()
        self._started: set[int] = set()
        self._files: dict[str, tuple[int, bytes]] = {}

    def moved(self) -> None:
        """Something happened that is progress."""
        self.last_at = self._loop.clock()
        self._changed()

    # -- rounds ------------------------------------------------------------------------------

    @property
    def planned(self) -> int | None:
        return self._plan.success.rounds

    def round_started(self, number: int) -> None:
        if number not in self._started:
            self._started.add(number)
            self.round_now = number
            self._writer.event("round", round=number, phase="started")
            self.moved()

    def round_done(self, number: int) -> None:
        if number >= 1 and number not in self.rounds_done:
            self.rounds_done.add(number)
            self._writer.event("round", round=number, phase="done")
            self.moved()

    # -- rules -------------------------------------------------------------------------------

    def matchers(self, process: Process) -> list[Matcher]:
        """The matchers for a new incarnation of `process`."""
        watch = self._plan.watch
        found: list[Matcher] = []

        def add(rule: LineRule | NoteRule | None, call: Callable[[re.Match[str]], None]) -> None:
            if rule is not None and rule.process in (process.name, process.group):
                found.append(Matcher(rule.line, lambda line, match: call(match)))

        add(watch.round_started, lambda match: self.round_started(int(match["round"])))
        add(watch.round_done, lambda match: self.round_done(int(match["round"])))
        add(watch.clients, lambda match: self._client_line(process, match))
        for note in watch.notes:
            add(note, partial(self._note, note, process))
        for rule in watch.progress:
            add(rule, lambda match: self.moved())
        for metric in process.metrics:
            if metric.kind == "json":
                found.append(Matcher(_METRIC_LINE, partial(self._metric_line, process, metric)))
            elif metric.kind == "line":
                found.append(Matcher(str(metric.line), partial(self._metric_match, process, metric)))
        return found

    def read_files(self, processes: list[Process]) -> None:
        """New complete lines of the metric files that recipes name."""
        for process in processes:
            for rule in process.metrics:
                if rule.kind == "file" and rule.path:
                    for line in self._new_lines(rule.path):
                        self._json_line(process, rule, line)

    def note(self, text: str, level: str = "info", process: str | None = None) -> None:
        self._writer.event("note", process, text=text, level=level)
        if len(self.notes) < _MOST_NOTES and text not in (said for _, said in self.notes):
            self.notes.append((self._writer.clock(), text))

    # -- lines -------------------------------------------------------------------------------

    def _note(self, rule: NoteRule, process: Process, match: re.Match[str]) -> None:
        groups = {name: value or "" for name, value in match.groupdict().items()}
        self.note(rule.say.format_map({**groups, "process": process.name}), rule.level, process.name)
        self.moved()

    def _client_line(self, process: Process, match: re.Match[str]) -> None:
        groups = match.groupdict()
        if groups.get("connected") is not None:
            connected = int(groups["connected"])
        else:
            self._clients.add(groups.get("client") or f"{process.name} {match[0]}")
            connected = len(self._clients)
        if connected != self.connected:
            self.connected = connected
            self._writer.event("clients", connected=connected, planned=self._plan.watch.clients_planned)
            self.moved()

    def _json_line(self, process: Process, rule: MetricRule, line: str) -> None:
        try:
            value = json.loads(line)
        except ValueError:
            return self.note(
                f"{process.name} printed a metric line that is no JSON: {line[:200]}", "warning", process.name
            )
        body = value.get("metric", value) if isinstance(value, dict) else None
        if not isinstance(body, dict):
            return self.note(
                f"{process.name} printed a metric line without names: {line[:200]}", "warning", process.name
            )
        number, scope = body.get("round"), str(body.get("scope", rule.scope))
        values = {
            name: float(item)
            for name, item in body.items()
            if name not in ("round", "scope")
            and isinstance(item, (int, float))
            and not isinstance(item, bool)
        }
        self._metrics(process, number if isinstance(number, int) else None, scope, values)
        return None

    def _metric_line(self, process: Process, rule: MetricRule, line: str, match: re.Match[str]) -> None:
        self._json_line(process, rule, line)

    def _metric_match(self, process: Process, rule: MetricRule, line: str, match: re.Match[str]) -> None:
        groups = match.groupdict()
        number = int(groups["round"]) if (groups.get("round") or "").isdigit() else self.round_now
        values: dict[str, float] = {}
        for name, text in groups.items():
            if name == "round" or text is None:
                continue
            try:
                values[name] = float(text)
            except ValueError:
                self.note(f"{process.name}: {name} is no number: {text!r}", "warning", process.name)
        self._metrics(process, number, rule.scope, values)

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

    def _new_lines(self, path: str) -> list[str]:
        offset, tail = self._files.get(path, (0, b""))
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(offset if offset <= size else 0)
                data = tail + file.read()
                offset = file.tell()
        except FileNotFoundError:
            return []
        *lines, tail = data.split(b"\n")
        self._files[path] = (offset, tail)
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]
