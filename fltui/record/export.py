"""A finished run as one file: a tar that opens anywhere, with nothing in it that must not travel.

Secrets, the lock and the socket stay; links and devices are left out, so that whoever unpacks it gets
plain files below one folder of the run's name.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from fltui.record.lock import LOCK, RunOwnedError, owner
from fltui.record.manifest import read_manifest

_STAYS = frozenset({"secrets", LOCK, "control.sock"})  # at the top of a run folder
_LEVEL = 6  # logs shrink to a twentieth; 9 takes three times as long for 2% more


class ExportCancelled(Exception):
    """Somebody changed their mind; nothing is left of the file."""


def export_name(folder: Path) -> str:
    """The file name that an export has unless somebody gives another."""
    return f"{_run_name(folder)}.tar.gz"


def export_run(
    folder: Path, target: Path, told: Callable[[int, int], bool] = lambda done, total: True
) -> Path:
    """Writes the run in `folder` to the new file `target` (a tar, compressed) and returns it.

    `told(done, total)` hears of bytes and ends the export by answering False (ExportCancelled). The
    file has its name only when it is whole. Raises RunOwnedError for a live run, RunFolderError for a
    folder without one, FileExistsError when `target` is there already, OSError.
    """
    name = _run_name(folder)
    holder = owner(folder)
    if holder is not None:
        raise RunOwnedError(f"run {name} still runs (pid {holder.pid}); export it when it has ended")
    if target.exists():
        raise FileExistsError(17, "there is a file of that name already", str(target))
    files = list(_files(folder))
    total, done = sum(size for _, size in files), 0
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # No time stamp and no names of this machine in it: the same run gives the same bytes.
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", _LEVEL, raw, 0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path, size in files:
                if not told(done, total):
                    raise ExportCancelled(str(target))
                _add(tar, path, f"{name}/{path.relative_to(folder).as_posix()}", size)
                done += size
        told(total, total)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _run_name(folder: Path) -> str:
    name = str(read_manifest(folder).get("run") or folder.name)
    return name if "/" not in name and name not in (".", "..") else folder.name


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """The plain files of a run in a fixed order, with their sizes in bytes."""
    for root, folders, names in os.walk(folder):
        top = Path(root) == folder
        folders[:] = sorted(name for name in folders if not (top and name in _STAYS))
        for name in sorted(names):
            path = Path(root, name)
            if top and (name in _STAYS or name.startswith(".")):
                continue
            facts = path.lstat()
            if stat.S_ISREG(facts.st_mode):
                yield path, facts.st_size


def _add(tar: tarfile.TarFile, path: Path, name: str, size: int) -> None:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o644
        entry.mtime = int(path.stat().st_mtime)
        tar.addfile(entry, file)
