"""What the history tells of the chosen run besides its line: read on a thread, when it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fltui.control.crashed import left_of
from fltui.control.removal import kept_elsewhere
from fltui.facts.verdict import Leftover
from fltui.record.manifest import RunFolderError, read_manifest
from fltui.record.reader import read_metrics
from fltui.record.runs import RunEntry

_MOST_METRICS = 2_000_000  # bytes; of a longer file the curve stands in the run screen


@dataclass(frozen=True)
class RunFacts:
    """`params`: as it ran; `file`: the recipe it came from; `accuracy`: (round, value) of the global
    weights; `elsewhere`: its real folder when the list holds only a link; `left`: living processes of
    a run that has no engine any more."""

    params: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    sha256: str = ""
    host: str = ""
    version: str = ""
    processes: tuple[str, ...] = ()
    accuracy: tuple[tuple[int, float], ...] = ()
    elsewhere: Path | None = None
    left: tuple[Leftover, ...] = ()
    problem: str = ""


def facts_of(entry: RunEntry) -> RunFacts:
    """Raises nothing that a person could not be told: `problem` says what cannot be read."""
    try:
        manifest = read_manifest(entry.folder)
    except RunFolderError as error:
        return RunFacts(problem=str(error))
    plan = manifest.get("plan") or {}
    file = manifest.get("recipe_file")
    run = str(plan.get("run") or manifest.get("run") or entry.name)
    return RunFacts(
        params=dict(manifest.get("params") or plan.get("params") or {}),
        file=Path(file) if file else None,
        sha256=str(manifest.get("recipe_sha256") or ""),
        host=str((manifest.get("host") or {}).get("name") or ""),
        version=str((manifest.get("versions") or {}).get("fltui") or ""),
        processes=tuple(process["name"] for process in plan.get("processes", ())),
        accuracy=_accuracy(entry.folder),
        elsewhere=kept_elsewhere(entry.folder),
        left=tuple(left_of(run)) if not entry.alive else (),
    )


def _accuracy(folder: Path) -> tuple[tuple[int, float], ...]:
    path = folder / "metrics.jsonl"
    if not path.exists() or path.stat().st_size > _MOST_METRICS:
        return ()
    found = {
        row.round: row.value
        for row in read_metrics(folder)
        if row.scope == "global" and row.name == "accuracy" and row.round is not None
    }
    return tuple(sorted(found.items()))
