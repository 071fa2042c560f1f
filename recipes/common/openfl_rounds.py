"""What an aggregator of OpenFL's, 1.7 or 1.9, needs to keep the weights of every round and to end."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import openfl.federated.plan.plan as plan_module
from openfl.transport import AggregatorGRPCServer
from openfl.utilities import TaskResultKey, TensorKey, change_tags

from weight_files import Weights, keeps_updates, round_file, save_arrays, save_update

logger = logging.getLogger(__name__)


class LoopbackServer(AggregatorGRPCServer):
    """OpenFL's own listens on all addresses of the machine ([::]), whatever `agg_addr` says."""

    def __init__(self, **options):
        super().__init__(**options)
        self.uri = f"localhost:{options['agg_port']}"


plan_module.AggregatorGRPCServer = LoopbackServer  # a plan has no setting for it


class RecordingRounds:
    """What is mixed into OpenFL's Aggregator; `begin` after its own __init__."""

    people = "collaborators"  # what the guide calls those who train
    label = ""  # before the word ROUND in the log

    def begin(self, artifacts: Path) -> None:
        """The initial weights, all that OpenFL holds so far, are round 0."""
        self.artifacts = artifacts
        # OpenFL's names by ours, in the model's order: its Keras runner says hidden1/kernel.
        names = self.tensor_db.tensor_db["tensor_name"]
        self.theirs = {name.replace("/", "_"): name for name in names}
        self.given_up: set[str] = set()
        save_arrays(round_file(artifacts, 0), self.weights_of(0, ("model",)))
        logger.info("[%sROUND 1]", self.label)

    def averaged(self, round: int, weights: Weights) -> None:
        """After each round; does nothing by itself."""

    def _save_model(self, round_number, file_path):
        """OpenFL saves the last model before it counts the round: under the old number it finds the weights
        that the round *began* with, so that the last model would be one round old."""
        last = file_path == self.last_state_path
        super()._save_model(round_number + 1 if last else round_number, file_path)

    def _end_of_round_check(self):
        """Ends a round: OpenFL averages, then the weights are written down."""
        if self._end_of_round_check_done[self.round_number]:
            return
        done, everybody = list(self.collaborators_done), len(self.authorized_cols)
        self.given_up = set(self.authorized_cols) - set(done)
        round = self.round_number + 1  # OpenFL counts from 0
        for name in done:  # one at a time: three of VGG-16 would be a gigabyte and a half
            weights, examples = self._update_of(name)
            if keeps_updates(round, self.rounds_to_train, everybody, weights):
                save_update(self.artifacts, round, int(name.rpartition("-")[2]), weights, examples)
        super()._end_of_round_check()
        weights = self.weights_of(round, ("model",))
        save_arrays(round_file(self.artifacts, round), weights)
        if self.given_up:
            logger.warning(
                "[%sROUND %d] averaged %d of %d %s", self.label, round, len(done), everybody, self.people
            )
        self.averaged(round, weights)
        if not self._time_to_quit():
            logger.info("[%sROUND %d]", self.label, round + 1)

    def _update_of(self, name):
        weights = self.weights_of(self.round_number, change_tags(("trained",), add_field=name))
        return weights, self.collaborator_task_weight[TaskResultKey("train", name, self.round_number)]

    def weights_of(self, round_number: int, tags: tuple[str, ...]) -> Weights:
        """The weights that OpenFL keeps under the tags: `model`, or a collaborator's `trained` ones."""
        keys = {
            ours: TensorKey(theirs, self.uuid, round_number, False, tags)
            for ours, theirs in self.theirs.items()
        }
        return {
            name: np.asarray(self.tensor_db.get_tensor_from_cache(key), np.float32)
            for name, key in keys.items()
        }

    def all_quit_jobs_sent(self):
        """OpenFL never ends when a collaborator has died, because it waits to tell it that the end has come."""
        return set(self.quit_job_sent_to) >= set(self.authorized_cols) - self.given_up
