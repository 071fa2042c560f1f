"""Prints docs/faults.md: what each framework did when somebody died, was late, or was in the way.

python docs/write_faults.py RECORDS > docs/faults.md

RECORDS is the folder that FLTUI_FAULTS named for `pytest -m faults`, one JSON file a recipe and fault. A row
that did not run is a row that says so; nothing of the page is written by hand.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "tests" / "faults")]

from fault_rows import Row, faults_of, recipes, row_of  # noqa: E402
from fault_sayings import ABSENT, FAULTS, PORT  # noqa: E402
from recipe_lines import is_of_recipe  # noqa: E402

MOST = 150  # characters of a framework's line


def records(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What ran, by recipe and fault."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    return {(record["recipe"], record["fault"]): record for record in found}


def cell(text: str) -> str:
    """Text that a table's cell can hold."""
    return text.replace("|", "\\|").strip()


def line(record: dict[str, Any]) -> str:
    """What the framework printed next, and who did; its long middle spaces are made one. What the recipe's own
    code printed is marked."""
    if not record["said"]:
        return "nothing"
    said = re.sub(r"\s+", " ", record["said"]).replace("`", "'")
    said = said if len(said) <= MOST else said[: MOST - 1] + "…"
    whose = " (recipe's)" if is_of_recipe(record["recipe"], record["said"]) else ""
    return f"{record['witness']}: `{said}`{whose}"


def row(wanted: Row, record: dict[str, Any] | None) -> str:
    """One row of a recipe's table."""
    if record is None:
        cells = [wanted.fault, wanted.victim, "not run", "", "", "", wanted.does]
    else:
        started = time.strftime("%H:%M:%S", time.gmtime(record["started"]))
        whom = f"{record['process']}, pid {record['pid']}, started {started}"
        if wanted.fault == PORT:
            whom = f"{record['process']}; pid {record['pid']} (the test), started {started}, has the port"
        cells = [
            wanted.fault,
            whom,
            f"{record['verdict']}, exit {record['exit_code']}; {record['rounds']} rounds",
            f"{record['took_s']:.0f} s",
            line(record),
            wanted.does,
        ]
    return f"| {' | '.join(cell(text) for text in cells)} |"


def section(name: str, found: dict[tuple[str, str], dict[str, Any]]) -> str:
    """One recipe."""
    wanted = [row_of(name, fault) for fault in faults_of(name)]
    lines = [
        f"## sst2/{name}",
        "",
        "| what happened | to whom | verdict | the run ended after | the framework's next line | what the framework does |",
        "|---|---|---|---|---|---|",
        *(row(each, found.get((each.recipe, each.fault))) for each in wanted),
        "",
    ]
    absent = [f"{fault}: {ABSENT[name, fault]}" for fault in FAULTS if (name, fault) in ABSENT]
    return "\n".join([*lines, *([f"Cannot be: {'; '.join(absent)}.", ""] if absent else [])])


def page(found: dict[tuple[str, str], dict[str, Any]]) -> str:
    """The whole page."""
    days = sorted(time.strftime("%Y-%m-%d", time.gmtime(record["started"])) for record in found.values())
    when = f" These are of {days[-1]}, times in UTC." if days else ""
    return "\n".join([HEAD.format(when=when), *(section(name, found) for name in recipes())])


HEAD = """# When somebody dies, hangs, is late, or is in the way

Written by `make test-faults`: every SST-2 recipe with its real framework, on 600 sentences and three rounds.{when}

- *A client killed in round 2*: SIGKILL to one of three clients while it trains.
- *The server killed in round 2*: SIGKILL to whoever the clients talk to, after round 1 was scored.
- *A client hangs in round 2*: SIGSTOP, for good, to one of three clients and its children while it trains, with `--stall 45s`; of centralized and TFF, which have no client processes, to the training and the worker.
- *A client starts late*: the third client's process is held for 15 seconds before it has done anything.
- *Its port is taken while it starts*: fltui has chosen the port, and somebody else listens on it before the server does. (A port that is asked for by `--set port=` and busy ends the run before anything starts, with the name of its owner.)

Every run ended by its deadline, its verdict was the one in the table, and nothing of it was alive afterwards. *The run ended after*: counted from the fault. *The framework's next line*: its own, but where *(recipe's)* stands behind it: that line is printed by the recipe's own Python.
"""

if __name__ == "__main__":
    print(page(records(Path(sys.argv[1]))).rstrip())
