"""How much of the disk a run takes: what deleting it would give back."""

from __future__ import annotations

import os
from pathlib import Path


def size_on_disk(folder: Path) -> int:
    """Bytes that belong to the run in `folder` alone.

    Prepared data lies in a run as hard links to the cache; deleting the run frees none of that, so it
    is not counted. Links are not followed.
    """
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                facts = os.lstat(os.path.join(root, name))
            except FileNotFoundError:  # removed meanwhile
                continue
            if facts.st_nlink == 1:
                total += facts.st_blocks * 512
    return total
