"""A STADLE agent as the book has it, whatever the task: waits for the global model, trains it, sends it back."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation_end import declare_end
from metric_line import print_line, print_metric
from weight_files import Weights, keeps_updates, round_file, save_arrays, save_update

BACKENDS = ("tensorflow", "keras", "torch")


@dataclass(frozen=True)
class Task:
    """What an agent learns. `training.train(weights, shard, round)` returns the trained weights and figures
    to tell of them; the shard has so many `examples` (`unit`: of what). `read` gives the weights in a model
    that STADLE gave us, `write` puts ours into it. `save_final(artifacts, weights)` writes the final model."""

    training: Any
    shard: Any
    examples: int
    unit: str
    read: Callable[[Any], Weights]
    write: Callable[[Any, Weights], None]
    save_final: Callable[[Path, Weights], None]


def add_arguments(parser: argparse.ArgumentParser, rounds: int) -> None:
    """The options of every agent."""
    parser.add_argument("--config", type=Path, required=True, help="STADLE's agent configuration")
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--client", type=int, required=True, help="this agent's number, from 1")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every local training")
    parser.add_argument("--records", action="store_true", help="write down what an aggregator of ours would")


def take_part(args: argparse.Namespace, task: Task) -> None:
    """From the connection to the global model of the last round. The task's own backend has been imported."""
    records = Records(args, task) if args.records else None
    # STADLE's client imports TensorFlow and torch where they are: seconds and 500 MB for what nobody uses.
    sys.modules.update(dict.fromkeys(set(BACKENDS) - set(sys.modules)))
    from stadle import BasicClient

    print_line("waits for the aggregator, and for the base model")  # both in silence, for hours if need be
    client = BasicClient(config_file=str(args.config), agent_name=f"agent-{args.client}")
    client.set_agg_weight(task.examples)  # else every agent weighs 1
    print_line(f"agent-{args.client} is connected")
    base = None
    while True:
        model = client.wait_for_sg_model()
        server_round = client.federated_training_round
        if base is None:  # a project of STADLE's own may have had rounds before this run
            base = server_round if args.records else 0
        done = server_round - base
        if records:
            records.keep_global(done, task.read(model))
        if done >= args.rounds:  # the book's agents leave before, and never see the last average
            break
        round = done + 1
        print_line(f"[ROUND {round}] trains on {task.examples} {task.unit}")
        weights, figures = task.training.train(task.read(model), task.shard, round)
        time.sleep(args.pause)
        print_metric(round, "client", **figures)
        task.write(model, weights)
        if records:
            records.keep_mine(round, weights)
        if not client.send_trained_model(model, figures):
            print_line(f"round {round} was over before this agent was: its update was not sent")
    print_line(f"has the global model of round {args.rounds}")
    client.disconnect()


class Records:
    """With STADLE's own service nobody but the agents sees weights: they write them down themselves, and
    the first one also those of the rounds."""

    def __init__(self, args: argparse.Namespace, task: Task) -> None:
        self.artifacts, self.work = args.run / "artifacts", args.run / "work"
        self.client, self.clients, self.rounds = args.client, args.clients, args.rounds
        self.task = task

    def keep_global(self, round: int, weights: Weights) -> None:
        if self.client != 1 or round_file(self.artifacts, round).exists():
            return
        save_arrays(round_file(self.artifacts, round), weights)
        if round == self.rounds:
            self.task.save_final(self.artifacts, weights)
            declare_end(self.work)

    def keep_mine(self, round: int, weights: Weights) -> None:
        if keeps_updates(round, self.rounds, self.clients, weights):
            save_update(self.artifacts, round, self.client, weights, self.task.examples)


def ending_with_its_threads(main: Callable[[], None]) -> None:
    """Runs `main`, and ends the process when it fails, or the exchange does: a thread of STADLE's keeps it
    alive otherwise."""
    threading.excepthook = lambda failed: _end_with(failed.exc_value)
    try:
        main()
    except Exception as error:  # noqa: BLE001
        _end_with(error)


def _end_with(error: BaseException | None) -> None:
    traceback.print_exception(error)
    os._exit(1)
