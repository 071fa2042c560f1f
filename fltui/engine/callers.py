"""What a child gets back of the caller's own surroundings, which the supervisor changes for itself.

The run folder is private, what a child writes elsewhere is as private as its caller has it. A run
needs about four open files a child; the usual soft limit is 1,024, and a child that uses select()
cannot bear a higher one.
"""

from __future__ import annotations

import os
import resource

_ENOUGH_FILES = 65536


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


UMASK = _umask()
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def become_supervisor() -> None:
    """New files are private from now on, and there may be as many as it takes and the machine allows."""
    os.umask(0o077)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(_ENOUGH_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
