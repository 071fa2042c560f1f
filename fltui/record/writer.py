"""Writes a run folder. Once it exists, nothing here raises because a disk is full or broken."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fltui.facts.codec import to_json
from fltui.facts.records import Event, Metric, Resource
from fltui.facts.verdict import Result
from fltui.record.append_file import DISK_ERRORS, AppendFile
from fltui.record.json_stream import JsonStream
from fltui.record.log_writer import LogWriter
from fltui.record.manifest import MANIFEST, read_manifest, write_manifest

EVENTS, METRICS, RESOURCES = "events.jsonl", "metrics.jsonl", "resources.jsonl"
FOLDERS = ("logs", "artifacts", "work", "files", "secrets")
RESERVE = "reserve"
RESERVE_BYTES = 64 * 1024
# Events and metrics that wait for room; together with `end` they fit into the reserve.
_KEEP_EVENTS, _KEEP_METRICS = 16 * 1024, 8 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class RunExistsError(ValueError):
    """The folder already holds a run, as a sentence."""


class RunWriter:
    """The one writer of a run folder; made by `create`, or by `reopen` after a crash.

    Rows are on their way to the disk when a method returns (no buffer of ours). `lost_bytes` counts
    what a full disk kept from it, in logs and streams together. The first loss of each file becomes
    an event `loss` (bytes, file) at once, those after it once there is room again.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.clock = clock
        self._loss = False
        self._reported: dict[str, int] = {}
        self._told: set[str] = set()
        self._logs: dict[str, LogWriter] = {}
        self._events = JsonStream(folder / EVENTS, _KEEP_EVENTS, self._lost)
        self._metrics = JsonStream(folder / METRICS, _KEEP_METRICS, self._lost)
        self._resources = JsonStream(folder / RESOURCES, 0, self._lost)
        self.ended = self._has_end()

    @classmethod
    def create(
        cls, folder: Path, manifest: Mapping[str, Any], clock: Callable[[], float] = time.time
    ) -> RunWriter:
        """A new run folder, all of it readable by its owner only.

        Raises RunExistsError when it holds a run, OSError when it cannot be made; then nothing is left of it.
        """
        folder = Path(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / MANIFEST).exists() or (folder / EVENTS).exists():
            raise RunExistsError(f"{folder} already holds a run; give another folder or remove it")
        try:
            folder.chmod(0o700)
            for name in FOLDERS:
                (folder / name).mkdir(mode=0o700, exist_ok=True)
            _reserve(folder / RESERVE)
            write_manifest(folder, {"created": clock(), **to_json(manifest)})
            return cls(folder, clock)
        except OSError:
            unmake(folder)
            raise

    @classmethod
    def reopen(cls, folder: Path, clock: Callable[[], float] = time.time) -> RunWriter:
        """The writer of a run whose supervisor died: torn last lines are cut off, rows are appended.

        Raises RunFolderError when there is no run in `folder`.
        """
        read_manifest(folder)
        return cls(Path(folder), clock)

    @property
    def lost_bytes(self) -> int:
        return sum(self.lost.values())

    @property
    def lost(self) -> dict[str, int]:
        """The files that lost bytes, relative to the run folder, and how many each."""
        return {_file(sink): sink.lost_bytes for sink in self._sinks() if sink.lost_bytes}

    @property
    def disk_full(self) -> bool:
        """So little is left of the run folder's disk that its children cannot write either."""
        try:
            disk = os.statvfs(self.folder)
        except OSError:  # a folder that went away, or a dead server's: not a matter of room
            return False
        # A file system that counts no blocks at all says nothing of its room.
        return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < RESERVE_BYTES

    @property
    def failing(self) -> bool:
        """Something has no room on the disk right now."""
        return any(sink.failing for sink in self._sinks())

    def event(self, kind: str, process: str | None = None, /, **data: Any) -> Event:
        """Appends an event now. `data` may hold any name, `kind` included."""
        if process is None:
            process = data.pop("process", None)
        event = Event(round(self.clock(), 6), kind, process, data)
        self._write_event(event)
        if self._loss:
            self._report_losses()
        return event

    def metric(self, *metrics: Metric) -> None:
        """Appends values at once: what was measured together is also read together."""
        self._metrics.append(*map(to_json, metrics))

    def resources(self, rows: Iterable[Resource]) -> None:
        """Appends one sample of processes and GPUs; values that could not be had are left out."""
        self._resources.append(*(_present(row) for row in rows))
        if self._loss:
            self._report_losses()

    def log(self, name: str) -> LogWriter:
        """The log of `name`, opened or continued. Raises ValueError for a name that is no file name."""
        known = self._logs.get(name)
        if known is None or known.closed:
            known = self._logs[name] = LogWriter(self.folder / "logs", name, self._lost)
            self._reported[_log_file(name)] = known.lost_bytes
        return known

    def end(self, result: Result) -> None:
        """Appends the last line. The room kept for it is freed first. A second end is ignored."""
        if self.ended:
            return
        self.ended = True
        (self.folder / RESERVE).unlink(missing_ok=True)
        for log in self._logs.values():
            if not log.closed:
                log.flush(self.clock())
        self._events.flush()
        self._metrics.flush()
        self._report_losses(last=True)
        self._write_event(Event(round(self.clock(), 6), "end", None, to_json(result)))

    def close(self) -> None:
        """Closes all files. Without an `end`, whoever reopens the run can still write one."""
        for log in self._logs.values():
            log.close()
        for stream in (self._events, self._metrics, self._resources):
            stream.close()

    def _sinks(self) -> list[JsonStream | LogWriter]:
        return [self._events, self._metrics, self._resources, *self._logs.values()]

    def _lost(self) -> None:
        self._loss = True

    def _write_event(self, event: Event) -> None:
        row: dict[str, Any] = {"t": event.t, "kind": event.kind}
        if event.process is not None:
            row["process"] = event.process
        if event.data:
            row["data"] = to_json(event.data)
        self._events.append(row)

    def _report_losses(self, last: bool = False) -> None:
        """Says what each file lost since the last report: when that begins, and when there is room."""
        self._loss = False
        for sink in self._sinks():
            file = _file(sink)
            fresh = sink.lost_bytes - self._reported.get(file, 0)
            if fresh > 0 and (last or file not in self._told or not self.failing):
                self._told.add(file)
                self._reported[file] = sink.lost_bytes
                self._write_event(Event(round(self.clock(), 6), "loss", None, {"bytes": fresh, "file": file}))
            elif fresh > 0:
                self._loss = True

    def _has_end(self) -> bool:
        line = self._events.last_line()
        return b'"end"' in line and json.loads(line).get("kind") == "end"


def unmake(folder: Path) -> None:
    """Takes away what `create` made for a run that could not begin, and nothing that holds something else."""
    made = [folder / name for name in (MANIFEST, EVENTS, RESERVE)]
    made += [path for name in (METRICS, RESOURCES) if _is_empty(path := folder / name)]
    for path in made:
        with contextlib.suppress(OSError):  # who called has the error that counts
            path.unlink()
    for path in (*(folder / name for name in FOLDERS), folder):
        with contextlib.suppress(OSError):
            path.rmdir()


def _is_empty(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == 0


def _file(sink: JsonStream | LogWriter) -> str:
    return sink.name if isinstance(sink, JsonStream) else _log_file(sink.name)


def _log_file(name: str) -> str:
    return f"logs/{name}.log"


def _present(row: Resource) -> dict[str, Any]:
    return {key: value for key, value in vars(row).items() if value is not None}


def _reserve(path: Path) -> None:
    """Takes RESERVE_BYTES of the disk, so that a full one still has room for the end. Raises OSError where
    there is no room: such a run could not even say how it ended."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(fd, 0, RESERVE_BYTES)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EINVAL):  # a file system without fallocate
            AppendFile(path).write(bytes(RESERVE_BYTES))
        elif error.errno in _NO_ROOM or error.errno not in DISK_ERRORS:
            raise
    finally:
        os.close(fd)
