"""The list of runs, read again and again at little cost: what has ended does not change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fltui.facts.site import runs_folder
from fltui.record.lock import owner
from fltui.record.runs import RunEntry, entry_of
from fltui.record.writer import EVENTS


class KnownRuns:
    """`read()` gives all runs, newest first. An ended run is opened once and then known by the time its
    events last changed: 500 of them cost one stat call each. A live one is read anew each time."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._known: dict[str, tuple[int, RunEntry]] = {}

    def read(self) -> list[RunEntry]:
        root = self._root or runs_folder()
        try:
            names = sorted((path.name for path in root.iterdir() if path.name[0] != "."), reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found: dict[str, tuple[int, RunEntry]] = {}
        for name in names:
            stamp = _stamp(root / name)
            known = self._known.get(name)
            if known is not None and known[0] == stamp and not known[1].alive:
                entry: RunEntry | None = _present(known[1])
            else:
                entry = entry_of(root / name)
            if entry is not None:
                found[name] = (stamp, entry)
        self._known = found
        return [entry for _, entry in found.values()]


def _present(entry: RunEntry) -> RunEntry:
    """Whether it lives may change without a line in its events: a killed engine writes none."""
    return entry if entry.verdict is not None else replace(entry, alive=owner(entry.folder) is not None)


def _stamp(folder: Path) -> int:
    try:
        return (folder / EVENTS).stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return 0
