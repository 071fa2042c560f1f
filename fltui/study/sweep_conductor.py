"""Runs the cells of a sweep: starts them, adopts those that went on without it, keeps what came of them.

Each cell is a run like any other, with a supervisor of its own: it is never owned, so a sweep that is
killed leaves its live cells at work, and the next one finds them by the lock that their engines hold.
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fltui.control.client import Refused, RunGone, Supervisor
from fltui.control.crashed import close_crashed
from fltui.control.start import start
from fltui.facts.launch import Launch
from fltui.facts.verdict import Result, Verdict
from fltui.record.reader import Follower, RunFolderError, read_manifest
from fltui.record.snapshot import begin, fold_all, snapshot_of
from fltui.record.views import RunSnapshot
from fltui.study.sweep_folder import CellRecord, SweepFolder
from fltui.study.sweep_grid import Cell

_REQUEST_S = 3.0


class Starter(Protocol):
    """What a front end knows: how a recipe and values become a launch."""

    def prepare(self, cell: Cell) -> tuple[Launch, list[int]]:
        """The bound launch and the file descriptors of its ports; may raise what `unstarted` knows."""

    def unstarted(self, cell: Cell, error: Exception) -> Result | None:
        """The result of a run that could not begin; None for an error that is a fault of fltui."""


class News(Protocol):
    """What a front end tells of a sweep as it goes."""

    def __call__(self, what: str, cell: Cell, record: CellRecord) -> None:
        """`what`: started, adopted, found (it ended while no sweep was at work), ended, or lost (its engine
        died: the cell runs again)."""


@dataclass
class _Live:
    """A run under way. `snapshot` is None until its folder is there; `stop_sent`: how hard it was
    told to stop (0 not, 1 politely, 2 by force)."""

    cell: Cell
    folder: Path
    snapshot: RunSnapshot | None = None
    follower: Follower | None = field(default=None, repr=False)
    stop_sent: int = 0


@dataclass(frozen=True)
class _Stop:
    by: str
    reason: str
    signal: str
    force: bool


class Conductor:
    """`jobs`: how many runs at a time. `retry_failed`: a cell that failed runs again. Nothing here
    waits: `turn` does what can be done now, and is called until `over`."""

    def __init__(
        self,
        folder: SweepFolder,
        cells: Iterable[Cell],
        known: Mapping[str, CellRecord],
        starter: Starter,
        news: News,
        metric: str,
        jobs: int = 1,
        retry_failed: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.cells = tuple(cells)
        self.records: dict[str, CellRecord] = {
            cell.id: dataclasses.replace(known.get(cell.id) or CellRecord(cell.id), values=cell.values)
            for cell in self.cells
        }
        self._folder = folder
        self._starter = starter
        self._news = news
        self._metric = metric
        self.jobs = jobs
        self._clock = clock
        self._stop: _Stop | None = None
        self._live: dict[str, _Live] = {}
        self._ending: set[str] = set()  # their runs have ended, their engines have not
        self._pending: list[Cell] = []
        self._lost: set[str] = set()  # a run of theirs lost its engine while this sweep was at work
        self.kept = 0
        for cell in self.cells:
            self._sort_in(cell, retry_failed)

    @property
    def over(self) -> bool:
        waits = bool(self._ending) and not (self._stop is not None and self._stop.force)
        return not self._live and not waits and (not self._pending or self._stop is not None)

    @property
    def pending(self) -> int:
        """How many cells have no run yet, or one that must be repeated."""
        return len(self._pending)

    @property
    def live(self) -> dict[str, RunSnapshot | None]:
        """The snapshots of the runs under way by cell; None before their folder is there."""
        return {id_: item.snapshot for id_, item in self._live.items()}

    def turn(self) -> None:
        """Looks at every live run, then starts as many as may be. Raises OSError on a full disk."""
        for item in list(self._live.values()):
            self._look(item)
        self._ending = {id_ for id_ in self._ending if self._engine_lives(id_)}
        # An engine writes the end of its run before it lets go of its ports.
        while self._pending and self._stop is None and len(self._live) + len(self._ending) < self.jobs:
            if not self._start(self._pending[0]):
                return  # its last engine is at its very end; the next turn tries again

    def stop(self, by: str, reason: str, signal: str, force: bool) -> None:
        """Starts no more, and stops the live runs; with `force` by SIGKILL."""
        self._stop = _Stop(by, reason, signal, force)
        for item in self._live.values():
            self._send_stop(item)

    # -- beginning ---------------------------------------------------------------------------------

    def _sort_in(self, cell: Cell, retry_failed: bool) -> None:
        """What an earlier sweep left of the cell: nothing, an end, or a run that went on by itself."""
        record = self.records[cell.id]
        if record.finished and not (retry_failed and record.failed):
            self.kept += 1
            if self._engine_lives(cell.id):
                self._ending.add(cell.id)
            return
        if not record.run or record.verdict is not None:
            self._pending.append(cell)
            return
        folder, lock = Path(record.folder), self._folder.take_cell(cell.id)
        if lock is None:
            self._live[cell.id] = _Live(cell, folder)
            self._news("adopted", cell, record)
            return
        os.close(lock)
        try:
            snapshot = snapshot_of(folder)
            # Without an end it is lost with its engine, as by a reboot: what is left of it is ended.
            result = snapshot.result or close_crashed(folder)
        except (
            RunFolderError
        ):  # the sweep was killed before the engine had its launch, or the run was removed
            self._pending.append(cell)
            return
        if result.engine_lost:
            self._pending.append(cell)
            self._tell_lost(cell, result)
            return
        self._keep(cell, snapshot, result, "found")
        again = self.records[cell.id]
        if not again.finished or (retry_failed and again.failed):
            self._pending.append(cell)
        else:
            self.kept += 1

    def _start(self, cell: Cell) -> bool:
        """Starts the first of the pending cells; False while an engine still has it."""
        lock = self._folder.take_cell(cell.id)
        if lock is None:
            return False
        del self._pending[0]
        held = [lock]
        try:
            try:
                launch, ports = self._starter.prepare(cell)
            except Exception as error:  # noqa: BLE001 - a result, or raised again
                self._unstarted(cell, error)
                return True
            held += ports
            now, plan = self._clock(), launch.plan
            self._folder.started(cell.id, plan.run, plan.folder, now)
            record = CellRecord(cell.id, cell.values, plan.run, plan.folder, started_at=now)
            self.records[cell.id] = record
            try:
                start(launch, held)
            except Exception as error:  # noqa: BLE001 - a result, or raised again
                self._unstarted(cell, error)
                return True
        finally:
            for fd in held:
                os.close(fd)
        self._live[cell.id] = _Live(cell, Path(plan.folder))
        self._news("started", cell, record)
        return True

    def _unstarted(self, cell: Cell, error: Exception) -> None:
        result = self._starter.unstarted(cell, error)
        if result is None:
            raise error
        self.records[cell.id] = dataclasses.replace(
            self.records[cell.id], run=result.run, folder=result.folder, verdict=None
        )
        self._keep(cell, RunSnapshot(), result, "ended")

    # -- following ---------------------------------------------------------------------------------

    def _look(self, item: _Live) -> None:
        alive = self._engine_lives(item.cell.id)
        self._read(item)
        if item.snapshot is not None and item.snapshot.result is None and not alive:
            # Its engine is gone without an end: we are the last who can write it.
            close_crashed(item.folder)
            item.snapshot = snapshot_of(item.folder)
        if item.snapshot is None:
            if not alive:  # it was adopted before its folder was there, and never came
                del self._live[item.cell.id]
                self._pending.insert(0, item.cell)
            return
        if item.snapshot.result is not None:
            del self._live[item.cell.id]
            self._ending.add(item.cell.id)
            self._take_end(item.cell, item.snapshot, item.snapshot.result)
        elif self._stop is not None:
            self._send_stop(item)

    def _take_end(self, cell: Cell, snapshot: RunSnapshot, result: Result) -> None:
        """An engine that is lost once says nothing of the cell. Lost twice it is failed: a cell that takes
        all memory there is would have its engine killed for ever."""
        if result.engine_lost:
            if cell.id not in self._lost:
                self._lost.add(cell.id)
                self._pending.insert(0, cell)
                self._tell_lost(cell, result)
                return
            result = dataclasses.replace(
                result, reason=f"{result.reason}; the run before it lost its engine, too"
            )
        self._keep(cell, snapshot, result, "ended")

    def _tell_lost(self, cell: Cell, result: Result) -> None:
        """Nothing is written: the next sweep, too, sees it by the run's folder."""
        self._news("lost", cell, dataclasses.replace(self.records[cell.id], reason=result.reason))

    def _engine_lives(self, cell: str) -> bool:
        lock = self._folder.take_cell(cell)
        if lock is not None:
            os.close(lock)
        return lock is None

    def _read(self, item: _Live) -> None:
        if item.follower is None:
            try:
                item.snapshot = begin(read_manifest(item.folder))
            except RunFolderError:
                return
            item.follower = Follower(item.folder, recent_resources=True)
        if item.snapshot is not None:
            item.snapshot = fold_all(item.snapshot, item.follower.poll())

    def _send_stop(self, item: _Live) -> None:
        stop = self._stop
        if stop is None or item.stop_sent > stop.force:
            return
        try:
            with Supervisor.connect(item.folder, _REQUEST_S) as supervisor:
                supervisor.request(
                    "stop", by=stop.by, reason=stop.reason, signal=stop.signal, force=stop.force
                )
        except (RunGone, Refused):
            return  # not there yet, or gone already: the next look tells, and tries again
        item.stop_sent = 1 + stop.force

    # -- keeping -----------------------------------------------------------------------------------

    def _keep(self, cell: Cell, snapshot: RunSnapshot, result: Result, what: str) -> None:
        curve = tuple(snapshot.global_metric(self._metric))
        record = dataclasses.replace(
            self.records[cell.id],
            run=result.run,
            verdict=result.verdict,
            exit_code=result.exit_code,
            reason=result.reason,
            rounds_done=result.rounds_done,
            rounds_planned=result.rounds_planned,
            metrics=dict(result.metrics),
            curve=curve,
            score=score_of(result, curve, self._metric),
            duration_s=result.duration_s,
        )
        self.records[cell.id] = record
        self._folder.ended(record, self._clock())
        self._news(what, cell, record)


def score_of(result: Result, curve: tuple[tuple[int, float], ...], metric: str) -> float | None:
    """The last value of the metric where the run shows what its params do, else None.

    A run whose only fault is a value lower than the recipe expects is such a run: to leave it out
    would lift the curve. One in which a process failed, or rounds are missing, is none.
    """
    as_planned = result.verdict is Verdict.OK or (
        result.verdict is Verdict.FAILED
        and result.culprit is None
        and bool(result.rounds_planned)
        and result.rounds_done >= (result.rounds_planned or 0)
    )
    value: Any = curve[-1][1] if curve else result.metrics.get(metric)
    return float(value) if as_planned and value is not None and math.isfinite(value) else None
