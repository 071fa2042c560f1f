"""In place of an aggregator when STADLE's own is used: says whether it answers, and who of us is connected.

STADLE's client waits ten minutes in silence for a server that is not there, and gives up after hours.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from federation_end import OK, declared_end
from stadle_aggregator.event_line import tell
from stadle_aggregator.reach import Unreachable, look

LOOK_AGAIN_S = 15.0
WAIT_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stadle_aggregator.watch_service", description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--protocol", choices=("https", "http"), default="https")
    parser.add_argument("--timeout", type=float, default=15.0, help="seconds until it is unreachable")
    parser.add_argument("--work", type=Path, required=True, help="the run's work folder")
    parser.add_argument("--agents", type=int, default=3)
    args = parser.parse_args()

    def reach() -> str:
        try:
            look(args.address, args.port, args.protocol == "https", args.timeout)
        except Unreachable as problem:
            return str(problem)
        return ""

    problem = reach()
    if problem:
        tell("unreachable", problem, "error")
        sys.exit(1)
    place = f"{args.address}:{args.port}"
    tell("reachable", f"an aggregator answers at {place} ({args.protocol})", address=place)
    connected, looked = 0, time.monotonic()
    while (end := declared_end(args.work)) is None:
        time.sleep(WAIT_S)
        # What STADLE's client keeps of its own as soon as it has registered.
        there = len(list(args.work.glob("agents/agent-*/agent_id")))
        if there != connected:
            connected = there
            who = f"{there} of {args.agents}"
            tell("registered", f"agents connected: {who}", connected=there, dashboard=f"{who} agents")
        if time.monotonic() - looked > LOOK_AGAIN_S:
            before, problem, looked = problem, reach(), time.monotonic()
            if problem and not before:
                tell("unreachable", problem, "error")
            elif before and not problem:
                tell("reachable", f"an aggregator answers at {place} again", address=place)
    sys.exit(0 if end == OK else end)


if __name__ == "__main__":
    main()
