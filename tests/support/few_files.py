"""A process that may open only so many files more."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def few_file_descriptors(pid: int, free: int) -> Iterator[None]:
    """`pid` has `free` file descriptors left, until the end of the block."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    listed = os.listdir(folder := f"/proc/{pid}/fd")  # takes a descriptor itself, should it be ours
    used = {int(name) for name in listed if os.path.lexists(f"{folder}/{name}")}
    numbers = [number for number in range(max(used) + free + 2) if number not in used]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (numbers[free], before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
