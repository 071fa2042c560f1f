"""What earlier runs left on this machine: those whose engine died, and processes of theirs that live."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fltui.control.crashed import close_crashed, end_left, left_of
from fltui.control.meanwhile import STARTING_S, what_happened
from fltui.facts.verdict import Leftover
from fltui.record.lock import RunOwnedError
from fltui.record.manifest import RunFolderError, read_manifest
from fltui.record.runs import list_runs
from fltui.record.snapshot import begin


@dataclass(frozen=True)
class Lost:
    """A run whose engine died. `closed`: its end was written, so only processes can be left."""

    name: str
    run: str
    folder: Path
    reason: str
    closed: bool
    left: tuple[Leftover, ...]

    @property
    def to_clean(self) -> bool:
        return bool(self.left) or not self.closed


def look() -> list[Lost]:
    """News is told once; what still lives is offered again at each start, until it is cleaned up."""
    found = {
        news.run: Lost(news.run, _run(news.folder), news.folder, news.reason, news.closed, news.leftovers)
        for news in what_happened()
    }
    for entry in list_runs():
        young = time.time() - (entry.started_at or 0.0) < STARTING_S
        # A verdict of leftovers names processes that could not be ended then; they may live still.
        ended_with_some = entry.verdict is not None and entry.verdict.value == "leftovers"
        if entry.name in found or young or not (entry.crashed or ended_with_some):
            continue
        run = _run(entry.folder)
        left = tuple(left_of(run))
        if left:
            found[entry.name] = Lost(entry.name, run, entry.folder, entry.reason, not entry.crashed, left)
    return list(found.values())


def clean(lost: Sequence[Lost]) -> list[str]:
    """Ends what they left and writes the ends that are missing; a sentence for each that resisted."""
    said = (clean_run(item.folder, item.run if item.closed else "") for item in lost)
    return [sentence for sentence in said if sentence]


def clean_run(folder: Path, closed: str = "") -> str:
    """Ends what a run left and writes its end; of one that is `closed`, by its name, only processes can be
    left. A sentence when something resisted."""
    try:
        left = end_left(closed) if closed else close_crashed(folder).leftovers
    except (RunOwnedError, RunFolderError, OSError) as error:
        return f"{folder.name}: {error}"
    pids = ", ".join(f"pid {it.pid} ({it.command})" for it in left)
    return f"{folder.name}: could not be ended: {pids}" if pids else ""


def _run(folder: Path) -> str:
    """The name that its processes carry in FLTUI_RUN."""
    return begin(read_manifest(folder)).run or folder.name
