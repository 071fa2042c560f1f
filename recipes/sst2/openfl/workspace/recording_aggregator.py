"""OpenFL's aggregator, which also keeps the weights of every round. It travels to the director, and runs there."""

from __future__ import annotations

import logging
from pathlib import Path

import openfl.federated.plan.plan as plan_module
from openfl.component import Aggregator
from openfl.transport import AggregatorGRPCServer
from openfl.utilities import TaskResultKey, TensorKey, change_tags

from sst2.head import NAMES, as_weights
from weight_files import Weights, keeps_updates, round_file, save_arrays, save_update

logger = logging.getLogger(__name__)


class LoopbackServer(AggregatorGRPCServer):
    """OpenFL's own listens on all addresses of the machine ([::]), whatever `agg_addr` says."""

    def __init__(self, **options):
        super().__init__(**options)
        self.uri = f"localhost:{options['agg_port']}"


plan_module.AggregatorGRPCServer = LoopbackServer  # a plan has no setting for it


class RecordingAggregator(Aggregator):
    """`artifacts` and `label` come from the plan: aggregator.settings."""

    def __init__(self, *, artifacts, label, **settings):
        super().__init__(**settings)
        self.artifacts, self.label = Path(artifacts), label
        self.given_up = set()
        save_arrays(round_file(self.artifacts, 0), self._weights_of(0, ("model",)))
        logger.info("[%sROUND 1]", self.label)

    @staticmethod
    def _get_sleep_time():
        """Seconds that an envoy sleeps when the others still compute; OpenFL's 10 would be most of a round."""
        return 1

    def _save_model(self, round_number, file_path):
        """OpenFL saves the last model before it counts the round: under the old number it finds the weights
        that the round *began* with, so that the last model would be one round old."""
        last = file_path == self.last_state_path
        super()._save_model(round_number + 1 if last else round_number, file_path)

    def _end_of_round_check(self):
        """Ends a round: OpenFL averages, then the weights are written down."""
        if self._end_of_round_check_done[self.round_number]:
            return
        done = list(self.collaborators_done)
        self.given_up = set(self.authorized_cols) - set(done)
        round = self.round_number + 1  # OpenFL counts from 0
        updates = {name: self._update_of(name) for name in done}
        super()._end_of_round_check()
        for name, (weights, examples) in updates.items():
            if keeps_updates(round, self.rounds_to_train, len(self.authorized_cols), weights):
                client = int(name.rpartition("-")[2])
                save_update(self.artifacts, round, client, weights, examples)
        save_arrays(round_file(self.artifacts, round), self._weights_of(round, ("model",)))
        if self.given_up:
            logger.warning(
                "[%sROUND %d] averaged %d of %d envoys",
                self.label,
                round,
                len(done),
                len(self.authorized_cols),
            )
        if not self._time_to_quit():
            logger.info("[%sROUND %d]", self.label, round + 1)

    def _update_of(self, name):
        weights = self._weights_of(self.round_number, change_tags(("trained",), add_field=name))
        return weights, self.collaborator_task_weight[TaskResultKey("train", name, self.round_number)]

    def _weights_of(self, round_number: int, tags: tuple[str, ...]) -> Weights:
        keys = [TensorKey(tensor, self.uuid, round_number, False, tags) for tensor in NAMES]
        return as_weights([self.tensor_db.get_tensor_from_cache(key) for key in keys])

    def all_quit_jobs_sent(self):
        """OpenFL never ends when an envoy has died, because it waits to tell it that the end has come."""
        return set(self.quit_job_sent_to) >= set(self.authorized_cols) - self.given_up
