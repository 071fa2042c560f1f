"""The stand-in for STADLE's aggregator, and what it writes down of this task: python aggregator.py --help"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model_names import as_head

from federation_end import declare_end
from sst2.local_training import BACKENDS, save_final
from stadle_aggregator.event_line import tell
from stadle_aggregator.federation import Update
from stadle_aggregator.options import add_arguments, place_of, settings_of
from stadle_aggregator.service import PortTaken, serve
from stadle_aggregator.state_folder import StateError
from weight_files import Weights, keeps_updates, load_arrays, round_file, save_arrays, save_update


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--backend", choices=BACKENDS, default="keras", help="what the agents train with")
    args = parser.parse_args()
    artifacts: Path = args.run / "artifacts"

    def record(number: int, models: Weights, updates: dict[str, Update]) -> None:
        weights = as_head(models, args.backend)
        for name, update in updates.items():
            if keeps_updates(number, args.rounds, args.agents, weights):
                client = int(name.removeprefix("agent-"))
                mine = as_head(update.weights, args.backend)
                save_update(artifacts, number, client, mine, int(update.examples))
        save_arrays(round_file(artifacts, number), weights)

    def finish() -> None:
        # The backend is imported for this alone, while the agents fetch the last model.
        save_final(artifacts, load_arrays(round_file(artifacts, args.rounds)), args.backend)
        declare_end(args.run / "work")

    try:
        problem = serve(place_of(args), settings_of(args), record, finish)
    except (PortTaken, StateError) as error:
        problem = str(error)
        tell("cannot_start", problem, "error")
    if problem:
        declare_end(args.run / "work", problem)
    sys.exit(problem or 0)


if __name__ == "__main__":
    main()
