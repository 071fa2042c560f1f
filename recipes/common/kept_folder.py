"""Folders in the cache: made once, whole or not at all, and linked into the work folder of every run that
asks for the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from metric_line import print_line


def kept_folder(folder: Path, done: str, make: Callable[[Path], None]) -> Path:
    """`folder`, which `make(half)` fills under another name if it is not there. The file `done` is one that
    every whole one holds. Its files become read-only, since runs hold links to them."""
    if (folder / done).exists():
        print_line(f"prepared files: from the cache, {folder}")
        return folder
    half = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        half.mkdir(parents=True, exist_ok=True)
        make(half)
        for file in (path for path in half.rglob("*") if path.is_file()):
            file.chmod(0o444)
        try:
            half.rename(folder)
        except OSError:
            if not (folder / done).exists():  # else another run was faster with the same
                raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def link(kept: Path, out: Path) -> None:
    """Puts all files of `kept` into `out`: hard links, copies where the cache is another disk."""
    for file in sorted(path for path in kept.rglob("*") if path.is_file()):
        place = out / file.relative_to(kept)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            os.link(file, place)
        except OSError:
            shutil.copy2(file, place)
