"""The folder of one sweep: what its grid is, and what became of each cell.

    <state>/sweeps/NAME/
      manifest.json   recipe, grid, cells in their order; written when a sweep begins or goes on
      cells.jsonl     a line when a cell's run is about to start, a line when it has ended
      lock            held by the `fltui sweep` that is at work
      cells/ID.lock   held by the engine of that cell's run, for as long as it lives
      curve.csv cells.csv curve.svg curve.png

The line of a start reaches the disk before the engine is told, and the engine gets the cell's lock
together with its launch: whoever finds that lock free knows that no run of the cell lives or will.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fltui.facts.site import state_folder
from fltui.facts.verdict import Verdict
from fltui.record.append_file import AppendFile
from fltui.record.lock import owner
from fltui.record.manifest import MANIFEST, RunFolderError, read_manifest, write_manifest

CELLS = "cells.jsonl"
_LOCKS = "cells"
# After the sentence that a manifest cannot be read.
WHAT_NEXT = (
    "give another --name, or move that file away: the same command then writes it anew and repeats nothing"
    " that is done"
)


@dataclass(frozen=True)
class CellRecord:
    """What is known of one cell. `run`, `folder`: of its latest run, empty before the first. `verdict`
    is None until that has ended. `curve`: (round, value) of the sweep's metric; `score`: its last value
    where the federation ran as planned, also when it is lower than the recipe expects, else None."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    folder: str = ""
    verdict: Verdict | None = None
    exit_code: int | None = None
    reason: str = ""
    rounds_done: int = 0
    rounds_planned: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[tuple[int, float], ...] = ()
    score: float | None = None
    started_at: float | None = None
    duration_s: float | None = None

    @property
    def finished(self) -> bool:
        """Its run came to an end of its own, good or bad: it is not run again. One that was interrupted
        is, and one that never began: it has no run, or its values were refused."""
        return bool(self.run) and self.verdict not in (None, Verdict.INTERRUPTED, Verdict.RECIPE)

    @property
    def failed(self) -> bool:
        return self.verdict not in (None, Verdict.INTERRUPTED, Verdict.OK)

    @property
    def unstarted(self) -> bool:
        """It could not begin when it was last tried."""
        return self.failed and not self.finished


@dataclass(frozen=True)
class SweepView:
    """A sweep as its folder tells it: cells in the order of its grid. `alive`: `fltui sweep` is at work;
    `command`: what began it, or went on with it last; `against`: the recorded metric that is the axis of
    its curves, None where that is the first swept param; `fixed`: what is the same in every cell, as `--set`
    has it; `damage`: why its manifest cannot be read, then there is nothing but the name."""

    name: str
    folder: Path
    recipe: str
    created: float
    metric: str
    target: float | None
    swept: Mapping[str, tuple[Any, ...]]
    seeds: tuple[int, ...]
    cells: tuple[CellRecord, ...]
    alive: bool = False
    command: tuple[str, ...] = ()
    against: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    damage: str = ""

    @property
    def axis(self) -> str:
        """What the curves are drawn against; empty when only seeds are swept."""
        return self.against or next(iter(self.swept), "")

    @property
    def done(self) -> int:
        return sum(cell.finished for cell in self.cells)

    @property
    def failed(self) -> int:
        return sum(cell.failed for cell in self.cells)

    @property
    def unstarted(self) -> int:
        return sum(cell.unstarted for cell in self.cells)


def sweeps_folder() -> Path:
    return state_folder() / "sweeps"


def list_sweeps(root: Path | None = None) -> list[Path]:
    """The folders of all sweeps, those that were begun or gone on with last first."""
    root = root or sweeps_folder()
    found = [(path.stat().st_mtime, path.parent) for path in root.glob(f"*/{MANIFEST}")]
    return [folder for _, folder in sorted(found, reverse=True)]


def read_sweep(folder: Path) -> SweepView:
    """A sweep as it stands. Raises RunFolderError when the folder holds none, or one that is damaged."""
    manifest = read_manifest(folder)
    try:
        return _view_of(folder, manifest)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise RunFolderError(f"{folder / MANIFEST} cannot be read: {problem}") from None


def sweep_or_damage(folder: Path) -> SweepView | None:
    """As `read_sweep`; a damaged one with the sentence that says so. None when it is gone."""
    try:
        return read_sweep(folder)
    except RunFolderError as error:
        try:
            changed = (folder / MANIFEST).stat().st_mtime
        except OSError:
            return None
        return SweepView(
            folder.name, folder, "", changed, "", None, {}, (), (), damage=f"{error}; {WHAT_NEXT}"
        )


def _view_of(folder: Path, manifest: Mapping[str, Any]) -> SweepView:
    known = read_cells(folder)
    cells = []
    rows = manifest.get("cells", ())
    for row in rows:
        record = known.get(row["id"]) or CellRecord(row["id"])
        cells.append(replace(record, values=row["values"]))
    swept = {name: tuple(values) for name, values in (manifest.get("swept") or {}).items()}
    told = rows[0].get("sets", {}) if rows else {}
    return SweepView(
        name=folder.name,
        folder=folder,
        recipe=str(manifest.get("recipe", "")),
        created=float(manifest.get("created") or 0.0),
        metric=str(manifest.get("metric") or "accuracy"),
        target=manifest.get("target"),
        swept=swept,
        seeds=tuple(manifest.get("seeds") or ()),
        cells=tuple(cells),
        alive=owner(folder) is not None,
        command=tuple(manifest.get("command") or ()),
        against=manifest.get("against"),
        fixed={name: text for name, text in told.items() if name not in rows[0]["values"]},
    )


def read_cells(folder: Path) -> dict[str, CellRecord]:
    """The newest record of every cell that ever had a run, by id; a torn last line is left out."""
    found: dict[str, CellRecord] = {}
    try:
        data = (folder / CELLS).read_bytes()
    except FileNotFoundError:
        return found
    for line in data.split(b"\n")[:-1]:
        try:
            row = json.loads(line)
            found[row["cell"]] = _record(row, found.get(row["cell"]))
        except (ValueError, KeyError, TypeError):
            continue  # a damaged line: that cell is then as the line before says
    return found


def _record(row: Mapping[str, Any], before: CellRecord | None) -> CellRecord:
    if row["state"] == "started":
        return CellRecord(row["cell"], run=row["run"], folder=row["folder"], started_at=float(row["t"]))
    return replace(
        before or CellRecord(row["cell"]),
        run=row["run"],
        verdict=Verdict(row["verdict"]),
        exit_code=int(row["exit_code"]),
        reason=row["reason"],
        rounds_done=int(row["rounds_done"]),
        rounds_planned=row["rounds_planned"],
        metrics=dict(row["metrics"]),
        curve=tuple((int(number), float(value)) for number, value in row["curve"]),
        score=row["score"],
        duration_s=float(row["duration_s"]),
    )


class SweepFolder:
    """Writes a sweep's folder. One at a time: whoever writes holds `fltui.record.lock` of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / _LOCKS).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = AppendFile(folder / CELLS)
        data = (folder / CELLS).read_bytes()
        self._file.cut(data.rfind(b"\n") + 1)  # a sweep that was killed may have torn its last line

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Writes the manifest, of a new sweep or of one that goes on; `created` stays the first."""
        created = time.time()
        if (self.folder / MANIFEST).is_file():
            created = read_manifest(self.folder).get("created") or created
        write_manifest(self.folder, {"created": created, **manifest})

    def started(self, cell: str, run: str, folder: str, t: float) -> None:
        """`run` is about to start. On the disk when this returns. Raises OSError when it is full."""
        self._write({"t": t, "cell": cell, "state": "started", "run": run, "folder": folder})

    def ended(self, record: CellRecord, t: float) -> None:
        """The cell's run has ended. Raises OSError when the disk is full."""
        self._write(
            {
                "t": t,
                "cell": record.id,
                "state": "ended",
                "run": record.run,
                "verdict": record.verdict,
                "exit_code": record.exit_code,
                "reason": record.reason,
                "rounds_done": record.rounds_done,
                "rounds_planned": record.rounds_planned,
                "metrics": dict(record.metrics),
                "curve": record.curve,
                "score": record.score,
                "duration_s": record.duration_s,
            }
        )

    def take_cell(self, cell: str) -> int | None:
        """The lock of a cell, to be handed to its engine; None while an engine has it."""
        fd = os.open(self.folder / _LOCKS / f"{cell}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        return fd

    def close(self) -> None:
        self._file.close()

    def _write(self, row: Mapping[str, Any]) -> None:
        if not self._file.write_whole(json.dumps(row).encode() + b"\n"):
            raise OSError(28, "the disk is full", str(self._file.path))
        fd = os.open(self._file.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def manifest_of(
    recipe: str,
    recipe_file: str,
    recipe_sha256: str,
    metric: str,
    target: float | None,
    swept: Mapping[str, Iterable[Any]],
    seeds: Iterable[int],
    cells: Iterable[tuple[str, Mapping[str, Any], Mapping[str, str]]],
    command: Iterable[str],
    against: str | None = None,
) -> dict[str, Any]:
    """What `begin` writes. `cells`: (id, values, sets) in their order."""
    return {
        "recipe": recipe,
        "recipe_file": recipe_file,
        "recipe_sha256": recipe_sha256,
        "metric": metric,
        "target": target,
        "against": against,
        "swept": {name: list(values) for name, values in swept.items()},
        "seeds": list(seeds),
        "cells": [{"id": id_, "values": dict(values), "sets": dict(sets)} for id_, values, sets in cells],
        "command": list(command),
    }
