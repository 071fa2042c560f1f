"""Records a run that ended before its engine began: its environment failed, or somebody interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fltui.facts.verdict import Result
from fltui.record.writer import RunWriter


def record_unstarted(folder: Path, manifest: Mapping[str, Any], result: Result) -> None:
    """Writes a run folder that holds the manifest and the end, so that `fltui runs` knows of it.

    Raises OSError when there is no room for it, RunExistsError when the folder holds a run.
    """
    writer = RunWriter.create(folder, manifest)
    writer.end(result)
    writer.close()
