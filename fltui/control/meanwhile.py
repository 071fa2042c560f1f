"""What happened to runs while nobody looked: the next `fltui` says it once.

`<state>/looked.json` remembers when somebody last looked and which runs lived then. Only runs that
changed since are opened, so that this costs one stat call for each run there is.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from fltui.control.crashed import left_of
from fltui.facts.site import runs_folder, state_folder
from fltui.facts.verdict import Leftover
from fltui.record.lock import owner
from fltui.record.manifest import read_manifest
from fltui.record.runs import entry_of
from fltui.record.snapshot import begin
from fltui.record.writer import EVENTS

_LOOKED = "looked.json"
STARTING_S = 10.0  # a folder this young may be one whose engine is about to take its lock


@dataclass(frozen=True)
class Meanwhile:
    """One run whose engine died. `closed`: its end was written, by its guard or afterwards."""

    run: str
    folder: Path
    reason: str
    closed: bool
    leftovers: tuple[Leftover, ...]

    def sentence(self) -> str:
        left = ", ".join(f"pid {it.pid} ({it.command})" for it in self.leftovers)
        if self.closed:
            return f"run {self.run}: {self.reason}" + (f"; still there: {left}" if left else "")
        lost = f"run {self.run} lost its engine and has no end"
        what = f"; still there: {left}" if left else "; nothing of it is left"
        return f"{lost}{what}; `fltui stop {self.run}` closes it"


def what_happened(root: Path | None = None, besides: str | None = None) -> list[Meanwhile]:
    """The runs in `root` whose engine died since the last look. `besides`: the caller's own run."""
    root = root or runs_folder()
    looked = _read()
    began, alive, news = time.time(), [], []
    for name, changed_at in _runs(root):
        if name == besides:
            continue
        if changed_at < looked.at and name not in looked.alive:
            continue
        if owner(root / name) is not None:
            alive.append(name)
            continue
        entry = entry_of(root / name)
        if entry is None:
            continue
        if entry.crashed and began - (entry.started_at or 0.0) < STARTING_S:
            alive.append(name)
        elif entry.crashed or entry.engine_lost:
            left = tuple(left_of(begin(read_manifest(root / name)).run))
            news.append(Meanwhile(name, entry.folder, entry.reason, not entry.crashed, left))
    _write(_Looked(began, frozenset(alive) | ({besides} if besides else frozenset())))
    return news


@dataclass(frozen=True)
class _Looked:
    at: float
    alive: frozenset[str]


def _runs(root: Path) -> list[tuple[str, float]]:
    """Names of the runs in `root` and when their events last changed."""
    try:
        names = os.listdir(root)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for name in names:
        try:
            found.append((name, (root / name / EVENTS).stat().st_mtime))
        except (FileNotFoundError, NotADirectoryError):
            continue  # not a run, or removed just now
    return found


def _read() -> _Looked:
    try:
        value = json.loads((state_folder() / _LOOKED).read_bytes())
        return _Looked(float(value["at"]), frozenset(map(str, value["alive"])))
    except (OSError, ValueError, KeyError, TypeError):
        # Never looked, or the file was damaged: then every run is looked at, and it is written anew.
        return _Looked(0.0, frozenset())


def _write(looked: _Looked) -> None:
    path = state_folder() / _LOOKED
    draft = path.with_name(f".{_LOOKED}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"at": looked.at, "alive": sorted(looked.alive)}))
        draft.replace(path)
    except OSError:
        return  # a full or read-only disk: the same news is told again next time
