"""The folder of all runs: names for new ones, a quick list of the past ones, finding one by a few letters."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fltui.facts.names import some
from fltui.facts.site import runs_folder
from fltui.facts.verdict import Verdict
from fltui.record.lock import owner
from fltui.record.manifest import MANIFEST, RunFolderError, read_manifest
from fltui.record.snapshot import read_result
from fltui.record.so_far import SoFar, so_far
from fltui.record.writer import EVENTS

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look like digits
_TAIL_BYTES = 64 * 1024
_MOST_NAMED = 8


class RunNotFoundError(LookupError):
    """No run, or more than one, is meant; as a sentence."""


@dataclass(frozen=True)
class RunEntry:
    """One line of the list of runs. `alive`: a supervisor owns it now; neither alive nor with a
    verdict: it crashed and nothing wrote its end. Times are Unix seconds."""

    name: str
    folder: Path
    recipe: str = ""
    started_at: float | None = None
    alive: bool = False
    verdict: Verdict | None = None
    exit_code: int | None = None
    reason: str = ""
    rounds_done: int = 0
    rounds_planned: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    duration_s: float | None = None
    engine_lost: bool = False

    @property
    def crashed(self) -> bool:
        return not self.alive and self.verdict is None


def new_run_name(recipe: str, now: float) -> str:
    """A name for a run that begins at Unix time `now`: 20261124-101500-digits-flower-k3f9."""
    words = re.sub(r"[^a-z0-9]+", "-", recipe.lower()).strip("-")[-48:].strip("-") or "recipe"
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    return f"{stamp}-{words}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def list_runs(root: Path | None = None) -> list[RunEntry]:
    """All runs in `root` (default: this user's), newest first. Of an ended run only the end of its
    events is read, of a live one also that of its metrics, so that 500 of them are listed at once."""
    root = root or runs_folder()
    return [entry for name in _names(root) if (entry := entry_of(root / name)) is not None]


def entry_of(folder: Path) -> RunEntry | None:
    """One run's line of the list; None when the folder holds no run."""
    end = _end_line(folder / EVENTS)
    if end is not None:
        t, result = float(end["t"]), read_result(end.get("data") or {})
        return RunEntry(
            name=folder.name,
            folder=folder,
            recipe=result.recipe,
            started_at=t - result.duration_s,
            verdict=result.verdict,
            exit_code=result.exit_code,
            reason=result.reason,
            rounds_done=result.rounds_done,
            rounds_planned=result.rounds_planned,
            metrics=result.metrics,
            duration_s=result.duration_s,
            engine_lost=result.engine_lost,
        )
    try:
        manifest = read_manifest(folder)
    except RunFolderError:
        return None
    plan = manifest.get("plan") or {}
    alive = owner(folder) is not None
    reached = so_far(folder) if alive else SoFar(0, {})
    return RunEntry(
        name=folder.name,
        folder=folder,
        recipe=plan.get("recipe") or "",
        started_at=manifest.get("created"),
        alive=alive,
        rounds_done=reached.rounds_done,
        rounds_planned=(plan.get("success") or {}).get("rounds"),
        metrics=reached.metrics,
    )


def find_run(text: str, root: Path | None = None, live_first: bool = False) -> Path:
    """The folder of the run that `text` means: a folder, a full name, or a part that only one has;
    with `live_first` also a part that many have, of which only one lives.

    Raises RunNotFoundError with a sentence that names the candidates.
    """
    path = Path(text).expanduser()
    if (path / MANIFEST).is_file():
        return path.resolve()
    root = root or runs_folder()
    names = [name for name in _names(root) if (root / name / MANIFEST).is_file()]
    if text in names:
        return root / text
    if os.sep in text:
        raise RunNotFoundError(f"{text} holds no run (it has no {MANIFEST})")
    found = [name for name in names if text and text in name]
    if live_first and len(found) > 1:
        live = [name for name in found if owner(root / name) is not None]
        found = live if len(live) == 1 else found
    if len(found) == 1:
        return root / found[0]
    if found:
        shown = some(found, _MOST_NAMED)
        raise RunNotFoundError(f"{len(found)} runs match {text!r}: {shown}; give more of the name")
    if not names:
        raise RunNotFoundError(f"no run matches {text!r}: there are no runs in {root}")
    raise RunNotFoundError(f"no run matches {text!r}; the latest is {names[0]}, and `fltui runs` lists all")


def _names(root: Path) -> list[str]:
    """The folders in `root`, newest first: their names begin with the time."""
    try:
        with os.scandir(root) as found:
            names = [item.name for item in found if item.is_dir() and not item.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(names, reverse=True)


def _end_line(path: Path) -> dict[str, Any] | None:
    """The `end` event of a finished run; None while it has none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        size, taken, data = os.fstat(fd).st_size, 0, b""
        while taken < size and b"\n" not in data[:-1]:  # a long last line: look further back
            taken = min(size, max(_TAIL_BYTES, taken * 4))
            data = os.pread(fd, taken, size - taken)
    finally:
        os.close(fd)
    line = data.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    if not data.endswith(b"\n") or b'"end"' not in line:
        return None
    try:
        row = json.loads(line)
    except ValueError:  # a damaged file; what is left of the run is still listed
        return None
    return row if isinstance(row, dict) and row.get("kind") == "end" else None
