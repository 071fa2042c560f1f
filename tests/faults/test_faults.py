"""Every SST-2 recipe, run for real on a few hundred sentences, while somebody dies, is late, or is in the way.

Each run ends by its deadline, with an honest verdict and nothing left over (`Federation.result` looks).
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fault_rows import Row, rows
from fault_sayings import HANGS, LATE, PORT
from federations import Federation, Start
from sst2_runs import process

from fltui.engine.lines import strip_escapes
from fltui.probe.processes import ProcessTable, command_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

DEADLINE = "5m"
STALL = "45s"  # longer than the recipes wait for a client here
LATE_S = 15.0
METRIC = '{"metric":'
IN_USE = r"(?i)in use|bind"
KILLS = [row for row in rows() if row.fault not in (*HANGS, LATE, PORT)]


def of_fault(*wanted: Row) -> list[Any]:
    """As parameters, those that CI runs marked so."""
    marks = {True: [pytest.mark.frameworks], False: []}
    return [
        pytest.param(row, marks=marks[row.in_ci], id=f"{row.recipe}-{row.fault}".replace(" ", "-"))
        for row in wanted
    ]


@dataclass(frozen=True)
class Moment:
    """When something was done to the process `pid`, which started at `started` (Unix time), and how long the
    logs were then."""

    pid: int
    started: float
    logs: dict[str, int]
    t: float


def moment(run: Federation, pid: int) -> Moment:
    logs = {path.stem: path.stat().st_size for path in (run.folder / "logs").glob("*.log")}
    return Moment(pid, started_at(pid), logs, time.monotonic())


def started_at(pid: int) -> float:
    """Unix time at which a process started."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    return float(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")


def lines_after(run: Federation, process: str, offset: int) -> list[str]:
    """What a process has printed since, but for metric lines, which are the recipes' own."""
    text = strip_escapes(run.log(process)[offset:].decode(errors="replace"))
    lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    return [line for line in lines if line and METRIC not in line]


def said_next(run: Federation, row: Row, then: Moment) -> tuple[str, str]:
    """(process, line) of what the framework printed next and what tells what it did. Where the row foretells
    nothing: the first line of anybody else, or two empty texts."""
    ours = {"prepare", "evaluate", "closing", row.victim}
    names = [row.witness, *sorted(then.logs.keys() - ours - {row.witness})]
    wanted = row.line or (IN_USE if row.fault == PORT else r"\S")
    for name in names if not row.line and row.fault != PORT else [row.witness]:
        lines = lines_after(run, name, then.logs.get(name, 0))
        found = next((line for line in lines if re.search(wanted, line)), None)
        if found is not None:
            return name, found
        assert not row.line, f"{name} never said {row.line!r}, but: {lines[:20]}"
    return "", ""


def check(run: Federation, row: Row, then: Moment) -> dict[str, Any]:
    """The end of the run is the one that the row foretells; returns the record for the page."""
    result = run.result()
    took = time.monotonic() - then.t
    told = f"{result['verdict']}: {result['reason']}\n{run.errors.read_text()[-2500:]}"
    assert (result["verdict"], result["exit_code"]) in row.ends, told
    assert took < row.within_s, told
    if row.rounds is not None:
        assert result["rounds_done"] == row.rounds, told
    for text in row.reason:
        assert text in result["reason"], told
    if row in KILLS and result["verdict"] != "ok":
        assert process(result, row.victim)["signal"] == "SIGKILL"
    witness, said = said_next(run, row, then)
    return {
        "recipe": row.recipe,
        "fault": row.fault,
        "process": f"{row.victim}'s {row.inside}" if row.inside else row.victim,
        "pid": then.pid,
        "started": then.started,
        "witness": witness,
        "said": said,
        "verdict": result["verdict"],
        "exit_code": result["exit_code"],
        "reason": result["reason"],
        "rounds": f"{result['rounds_done']} of {result['rounds_planned']}",
        "took_s": round(took, 1),
        "does": row.does,
    }


def in_round_2(run: Federation, row: Row) -> None:
    """Waits until its time has come."""
    if row.when:
        run.wait_for_line(*row.when)
    else:
        run.wait_for_round(2)
        run.wait_for("the score of round 1", lambda _: 1 in run.scored())


def pid_of(run: Federation, row: Row) -> int:
    """Whom it happens to."""
    pid = run.pid(row.victim)
    if not row.inside:
        return pid
    [inside] = [child for child in ProcessTable.read().descendants(pid) if row.inside in command_of(child)]
    return inside


@pytest.mark.parametrize("row", of_fault(*KILLS))
def test_somebody_is_killed_and_the_verdict_says_what_the_framework_did(
    row: Row, start: Start, note: Any
) -> None:
    run = start(row.recipe, deadline=DEADLINE, **row.params)
    in_round_2(run, row)
    pid = pid_of(run, row)
    then = moment(run, pid)
    os.kill(pid, signal.SIGKILL)
    note(check(run, row, then))


@pytest.mark.parametrize("row", of_fault(*(row for row in rows() if row.fault in HANGS)))
def test_somebody_hangs_and_the_run_ends_all_the_same(row: Row, start: Start, note: Any) -> None:
    """SIGSTOP, for good, to it and its children."""
    run = start(row.recipe, deadline=DEADLINE, stall=STALL, **row.params)
    in_round_2(run, row)
    table, pid = ProcessTable.read(), pid_of(run, row)
    then = moment(run, pid)
    for each in [pid, *table.descendants(pid)]:
        os.kill(each, signal.SIGSTOP)
    note(check(run, row, then))


@pytest.mark.parametrize("row", of_fault(*(row for row in rows() if row.fault == LATE)))
def test_nobody_begins_without_a_client_that_is_late(row: Row, start: Start, note: Any) -> None:
    """Its process is stopped before it has done anything, and goes on fifteen seconds later."""
    run = start(row.recipe, deadline=DEADLINE, **row.params | {"pause": "0s"})
    run.wait_for(
        row.victim,
        lambda events: any(event.get("process") == row.victim and "pid" in event["data"] for event in events),
    )
    pid = run.pid(row.victim)
    os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + LATE_S
    while time.monotonic() < until:
        assert run.scored() <= {0}, "a round was done without it"
        assert run.child.poll() is None, run.errors.read_text()[-2000:]
        time.sleep(0.2)
    then = moment(run, pid)
    os.kill(pid, signal.SIGCONT)
    note(check(run, row, then))


@pytest.mark.parametrize("row", of_fault(*(row for row in rows() if row.fault == PORT)))
def test_a_port_that_is_taken_meanwhile_is_named_with_its_owner(row: Row, start: Start, note: Any) -> None:
    """fltui has chosen the port and prepare is at work when a stranger, this test, listens on it."""
    with socket.socket() as stranger:
        run = start(row.recipe, deadline=DEADLINE, **row.params)
        run.wait_for("the ports", lambda events: bool(events))
        manifest = json.loads((run.folder / "manifest.json").read_text())
        number = next(port["number"] for port in manifest["plan"]["ports"] if port["name"] == row.port)
        stranger.bind(("127.0.0.1", number))
        stranger.listen()
        then = moment(run, os.getpid())
        record = check(run, row, then)
    said = [event["data"]["text"] for event in run.events() if event["kind"] == "note"]
    assert str(number) in " ".join([record["reason"], *said])
    note(record)
