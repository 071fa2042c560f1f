"""python -m stadle_aggregator --port 8765 --agents 3 --rounds 3 --state FOLDER

An aggregator for any model; the weights of every round go to FOLDER/artifacts under the client's names.
The token that agents must have is read from STADLE_TOKEN.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stadle_aggregator.event_line import tell
from stadle_aggregator.federation import Update
from stadle_aggregator.options import add_arguments, place_of, settings_of
from stadle_aggregator.service import PortTaken, serve
from stadle_aggregator.state_folder import StateError
from weight_files import Weights, final_file, round_file, save_arrays


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stadle_aggregator", description=__doc__)
    add_arguments(parser)
    args = parser.parse_args()
    artifacts: Path = args.state / "artifacts"
    last: Weights = {}

    def record(number: int, weights: Weights, updates: dict[str, Update]) -> None:
        save_arrays(round_file(artifacts, number), weights)
        last.update(weights)

    try:
        problem = serve(
            place_of(args), settings_of(args), record, lambda: save_arrays(final_file(artifacts), last)
        )
        sys.exit(problem or 0)
    except (PortTaken, StateError) as problem:
        tell("cannot_start", str(problem), "error")
        sys.exit(f"error: {problem}")


if __name__ == "__main__":
    main()
