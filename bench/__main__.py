"""`python -m bench [ROW …]`: measures, prints the table, and writes it to bench/results/latest.md; with
rows named, only those are measured, and the others stay in the file as they are, each with its date."""

from __future__ import annotations

import datetime
import importlib
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.peers import PeerMissing
from bench.row import Row

ROWS = (
    "start",
    "drain",
    "app",
    "app_idle",
    "app_start",
    "idle",
    "federation",
    "sst2_flower",
    "sst2_ibmfl",
    "sst2_embedding",
)
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"no row {unknown[0]}; rows are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    latest = RESULTS / "latest.md"
    lines = kept(latest.read_text() if latest.exists() else "")
    held = True
    for name in names or ROWS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            row = importlib.import_module(f"bench.{name}").measure()
        except PeerMissing as error:
            row = Row(name, (f"not measured: {error}",))
        held = held and row.holds is not False
        lines[name] = line(name, row)
        print(lines[name])
        latest.write_text(table(lines))  # a row that was measured is not lost with the next
    return 0 if held else 1


def line(name: str, row: Row) -> str:
    """A row of the table; `name` is what `python -m bench` takes."""
    holds = {True: "yes", False: "NO", None: "-"}[row.holds]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    cells = [name, row.name, "<br>".join(row.figures), row.ratio, row.must, holds]
    return f"| {' | '.join(cells)} | {datetime.date.today().isoformat()}, {machine} |"


def kept(text: str) -> dict[str, str]:
    """The rows that a table has, each under its name."""
    names = {each: each.split(" | ")[0].removeprefix("| ") for each in text.splitlines()}
    return {name: each for each, name in names.items() if name in ROWS}


def table(lines: Mapping[str, str]) -> str:
    """All rows, in the order in which they are measured."""
    head = [
        "Written by `python -m bench [ROW …]`; every row has the date and the machine of its own measurement.",
        "",
        "| row | what | measured | result | must | holds | when, where |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(lines[name] for name in ROWS if name in lines)]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
