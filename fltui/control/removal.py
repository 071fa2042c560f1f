"""Deletes runs: whole or not at all as far as a list can see, and never one that lives."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from fltui.control.crashed import left_of
from fltui.facts.site import runs_folder
from fltui.record import lock
from fltui.record.manifest import read_manifest
from fltui.record.snapshot import begin

_DOOMED = ".removed-"


class CannotRemoveError(OSError):
    """The run stays, and why, as a sentence."""


def remove_run(folder: Path) -> None:
    """Deletes the run in `folder`, one of this user's runs as `list_runs` names it.

    A run of `--run-dir` is only a link there: the link goes, the user's own folder stays. Raises
    RunOwnedError when it lives, CannotRemoveError when processes of it do or it lies elsewhere,
    RunFolderError when it is no run, OSError.
    """
    run, holder = begin(read_manifest(folder)).run or folder.name, lock.owner(folder)
    if holder is not None:
        raise lock.RunOwnedError(
            f"{folder.name} still runs (pid {holder.pid}); stop it first: fltui stop {folder.name}"
        )
    if folder.parent.resolve() != runs_folder().resolve():
        raise CannotRemoveError(f"{folder} lies outside {runs_folder()}; it is yours to delete")
    if left := left_of(run):
        pids = ", ".join(str(item.pid) for item in left)
        raise CannotRemoveError(f"processes of {folder.name} still live (pid {pids}); end them first")
    if folder.is_symlink():
        folder.unlink()
        return
    held = lock.hold(folder)  # nobody begins or closes it meanwhile
    try:
        # Out of every list at once; a name with a dot is listed by nobody.
        doomed = folder.with_name(f"{_DOOMED}{folder.name}.{os.getpid()}")
        folder.rename(doomed)
    finally:
        os.close(held)
    shutil.rmtree(doomed)
    for remains in folder.parent.glob(f"{_DOOMED}*"):
        # What a removal that was killed left; another may be at work on it at this moment.
        shutil.rmtree(remains, ignore_errors=True)


def kept_elsewhere(folder: Path) -> Path | None:
    """Where a run of `--run-dir` really lies; None for one that lies among the others."""
    return folder.resolve() if folder.is_symlink() else None
