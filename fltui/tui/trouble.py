"""What befell a run without a word in its record: its engine was killed, or its folder is not there any more."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fltui.control.meanwhile import STARTING_S
from fltui.record.lock import owner
from fltui.record.manifest import MANIFEST
from fltui.record.views import RunSnapshot
from fltui.tui.numbers import time_of_day


class Trouble(NamedTuple):
    """`words` for the header, `sentence` for a panel; `t`: when the run was last heard of, Unix seconds;
    `lost`: it has no engine, and what it left can be cleaned up."""

    words: str
    sentence: str
    t: float
    lost: bool


def trouble_of(folder: Path, snapshot: RunSnapshot, now: float) -> Trouble | None:
    """Costs a look at the folder and one at the run's lock."""
    last = snapshot.t
    clock = time_of_day(last or None)
    try:
        age = now - (folder / MANIFEST).stat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        said = f"{folder} is not there any more; this is how the run stood at {clock}"
        return Trouble("its folder is gone", said, last, False)
    starting = snapshot.started_at is None and age < STARTING_S
    if snapshot.ended or starting or owner(folder) is not None:
        return None
    said = f"the engine was killed or the machine went down after {clock}; nobody watches the run since then"
    return Trouble("lost its engine", said, last, True)
