"""Says in a sentence what Krum needs. IBM FL says it in the middle of its start, and then hangs."""

from __future__ import annotations

import argparse
import math
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, required=True, help="parties")
    parser.add_argument("--faulty", type=int, required=True, help="how many of them may be faulty")
    parser.add_argument("--perc-quorum", type=float, required=True, help="share of them that must answer")
    args = parser.parse_args()
    answers = math.ceil(args.perc_quorum * args.clients)  # as KrumFusionHandler reckons
    least = 2 * args.faulty + 3
    if answers < least:
        sys.exit(
            f"error: Krum wants more than 2 * faulty + 2 parties to answer: with faulty={args.faulty} that is "
            f"{least}, and with clients={args.clients} and perc_quorum={args.perc_quorum:g} only {answers} must; "
            "take more clients, fewer faulty, a higher perc_quorum, or another strategy"
        )


if __name__ == "__main__":
    main()
