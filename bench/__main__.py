"""`python -m bench [ROW …]`: measures, prints the table, and writes it to bench/results/."""

from __future__ import annotations

import datetime
import importlib
import os
import platform
import sys
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
    rows: list[Row] = []
    for name in names or ROWS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            rows.append(importlib.import_module(f"bench.{name}").measure())
        except PeerMissing as error:
            rows.append(Row(name, (f"not measured: {error}",)))
    text = table(rows)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.md").write_text(text)
    return 0 if all(row.holds is not False for row in rows) else 1


def table(rows: list[Row]) -> str:
    today = datetime.date.today().isoformat()
    lines = [
        f"Measured on {today}: {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}.",
        "",
        "| what | measured | result | must | holds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        holds = {True: "yes", False: "NO", None: "-"}[row.holds]
        lines.append(f"| {row.name} | {'<br>'.join(row.figures)} | {row.ratio} | {row.must} | {holds} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
