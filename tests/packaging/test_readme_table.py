"""README's table of packages says what the locks pin."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = CHECKOUT / "recipes" / "environments"
ROW = re.compile(r"^\| ([a-z-]+)(?: \(.*\))? \| (\d.*: .*) \|$", re.MULTILINE)
ON_THE_CPU = {"tensorflow": "tensorflow-cpu"}


def test_every_row_is_what_the_locks_pin() -> None:
    rows = ROW.findall((CHECKOUT / "README.md").read_text())
    assert len(rows) >= 10
    for package, cells in rows:
        told = {
            environment: version
            for version, environments in (cell.split(": ") for cell in cells.split("; "))
            for environment in environments.split(", ")
        }
        assert told == pinned(ON_THE_CPU.get(package, package)), package


def pinned(package: str) -> dict[str, str]:
    """Environment to version, of the environments that have `package` on the CPU."""
    pin = re.compile(rf"^{re.escape(package)}==(\S+)", re.MULTILINE)
    return {
        folder.name: found[1]
        for folder in ENVIRONMENTS.iterdir()
        for name in ("lock.txt", "cpu.txt", "extra.txt")
        if (folder / name).is_file() and (found := pin.search((folder / name).read_text()))
    }
