"""An aggregator that belongs to a run: it writes down every round under the task's own names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from federation_end import declare_end
from stadle_aggregator.event_line import tell
from stadle_aggregator.federation import Update
from stadle_aggregator.options import add_arguments, place_of, settings_of
from stadle_aggregator.service import PortTaken, serve
from stadle_aggregator.state_folder import StateError
from weight_files import Weights, keeps_updates, load_arrays, round_file, save_arrays, save_update


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """The options of every such aggregator."""
    parser = argparse.ArgumentParser(description=description)
    add_arguments(parser)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    return parser


def aggregate(
    args: argparse.Namespace,
    as_task: Callable[[Weights], Weights],
    save_final: Callable[[Path, Weights], None],
) -> None:
    """Runs the federation and ends the process. `as_task` gives a model of STADLE's as the task's own weights;
    `save_final(artifacts, weights)` writes the last one, while the agents fetch it."""
    artifacts: Path = args.run / "artifacts"

    def record(number: int, models: Weights, updates: dict[str, Update]) -> None:
        weights = as_task(models)
        for name, update in updates.items():
            if keeps_updates(number, args.rounds, args.agents, weights):
                client = int(name.removeprefix("agent-"))
                save_update(artifacts, number, client, as_task(update.weights), int(update.examples))
        save_arrays(round_file(artifacts, number), weights)

    def finish() -> None:
        save_final(artifacts, load_arrays(round_file(artifacts, args.rounds)))
        declare_end(args.run / "work")

    try:
        problem = serve(place_of(args), settings_of(args), record, finish)
    except (PortTaken, StateError) as error:
        problem = str(error)
        tell("cannot_start", problem, "error")
    if problem:
        declare_end(args.run / "work", problem)
    sys.exit(problem or 0)
