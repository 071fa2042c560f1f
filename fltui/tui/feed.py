"""One run as the screens see it: its folder is followed and folded; requests go over its socket."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fltui.control.client import Refused, RunGone, Supervisor
from fltui.facts.records import Event, Metric
from fltui.record.lock import owner
from fltui.record.manifest import read_manifest
from fltui.record.reader import Follower
from fltui.record.snapshot import Row, begin, fold_all
from fltui.record.views import RunSnapshot
from fltui.tui.echoes import Sent
from fltui.tui.trouble import Trouble, trouble_of


class RunFeed:
    """`snapshot` is the run as of the last `poll`, `trouble` what was wrong at the last `look_after`.
    `read_only`: no request but status leaves it."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self.folder = folder
        self.read_only = read_only
        self.manifest = read_manifest(folder)
        self.plan: dict[str, Any] = self.manifest.get("plan") or {}
        self.snapshot: RunSnapshot = self.beginning()
        self.typed: dict[str, list[Sent]] = {}  # by process
        # when a metric of a round came first and last, the newest round at the end, by process
        self.named: dict[str, dict[int, tuple[float, float]]] = {}
        self._follower = Follower(folder, recent_resources=True)
        self.trouble: Trouble | None = None
        self.poll()
        self.look_after()

    def beginning(self) -> RunSnapshot:
        """The run before its first row; without a plan its folder's name is all that is known of it."""
        snapshot = begin(self.manifest)
        return replace(snapshot, run=snapshot.run or self.folder.name)

    def poll(self) -> bool:
        """Takes what is new; True when something was."""
        rows = self._follower.poll()
        if rows:
            self.snapshot = fold_all(self.snapshot, rows)
            self._note(rows)
        return bool(rows)

    def _note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if isinstance(row, Metric) and row.round is not None:
                of_process = self.named.setdefault(row.process, {})
                first, _ = of_process.pop(row.round, (row.t, row.t))
                of_process[row.round] = first, row.t
            if isinstance(row, Event) and row.kind == "input" and row.process is not None:
                offset = int(row.data.get("offset", 0))
                sent = Sent(offset, row.t, row.data.get("text"))
                self.typed.setdefault(row.process, []).append(sent)

    def look_after(self) -> bool:
        """Whether somebody still owns the run and its folder is there; True when that has changed, or when
        news came meanwhile."""
        before, news = self.trouble, False
        self.trouble = trouble_of(self.folder, self.snapshot, time.time())
        if self.trouble is not None and (news := self.poll()):  # its end was written between the two looks
            self.trouble = trouble_of(self.folder, self.snapshot, time.time())
        if self.trouble is None and before is not None and before.lost and not self.snapshot.ended:
            self.trouble = before  # somebody cleans up after it, and writes its end soon
        return news or self.trouble != before

    @property
    def goes_on(self) -> bool:
        """It has not ended, and nothing is known to keep it from going on."""
        return not self.snapshot.ended and self.trouble is None

    @property
    def alive(self) -> bool:
        return owner(self.folder) is not None

    def process_plan(self, name: str) -> dict[str, Any]:
        """The plan of one process; empty for a name the plan does not have."""
        return next((dict(p) for p in self.plan.get("processes", ()) if p["name"] == name), {})

    def round_line(self, name: str) -> str | None:
        """The regular expression by which process `name` tells that a round began, if it is the one."""
        rule = (self.plan.get("watch") or {}).get("round_started") or {}
        group = self.process_plan(name).get("group")
        return rule.get("line") if rule.get("process") in (name, group) else None

    def hides_input(self, name: str) -> bool | None:
        """Whether the process turned its echo off: what is typed to it now is nobody's to see. None where
        nobody answers: nothing that is typed will reach it. May take a second."""
        if self.read_only:
            return False
        try:
            with Supervisor.connect(self.folder, timeout_s=1.0) as supervisor:
                return name in supervisor.request("status").get("hides_input", ())
        except (RunGone, Refused):
            return None

    def ask(self, do: str, **fields: Any) -> str | None:
        """Sends a request; returns a sentence when it could not be done."""
        if self.read_only:
            return "this view is read-only: no key reaches a process"
        try:
            with Supervisor.connect(self.folder, timeout_s=3.0) as supervisor:
                supervisor.request(do, **fields)
        except (RunGone, Refused) as error:
            return str(error)
        return None
