"""Whether single processes live, told by the kernel and not by fltui."""

from __future__ import annotations

from pathlib import Path

from engines import wait_until


def lives(pid: int) -> bool:
    """There is such a process and it is no zombie; one that lost its first thread alone still lives."""
    try:
        part = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return part[0] not in "ZX" or int(part[17]) > 1


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def pid_in(path: Path) -> int:
    """The pid that an animal writes into `path`, once it has."""
    return int(wait_until(lambda: path.exists() and path.read_text(), what=f"a pid in {path.name}"))


def cpu_ticks(pid: int) -> int:
    """The CPU time of a process, in ticks of the kernel."""
    part = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(part[11]) + int(part[12])
