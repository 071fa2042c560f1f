"""OpenFL's aggregator, which also keeps the weights of every round."""

from __future__ import annotations

import logging
from pathlib import Path

import openfl.federated.plan.plan as plan_module
from openfl.component import Aggregator
from openfl.protocols import utils
from openfl.transport import AggregatorGRPCServer
from openfl.utilities import TaskResultKey, TensorKey, change_tags

from federation_end import declare_end
from metric_line import print_metric
from sst2.head import NAMES, as_weights
from sst2.local_training import save_final
from weight_files import keeps_updates, round_file, save_arrays, save_update

logger = logging.getLogger(__name__)


class LoopbackServer(AggregatorGRPCServer):
    """OpenFL's own listens on all addresses of the machine ([::]), whatever `agg_addr` says."""

    def __init__(self, **options):
        super().__init__(**options)
        self.uri = f"localhost:{options['agg_port']}"


plan_module.AggregatorGRPCServer = LoopbackServer  # a plan has no setting for it


class RecordingAggregator(Aggregator):
    """`run` and `backend` come from the plan: aggregator.settings."""

    def __init__(self, *, run, backend, **settings):
        super().__init__(**settings)
        self.work, self.artifacts, self.backend = Path(run) / "work", Path(run) / "artifacts", backend
        self.given_up = set()
        # OpenFL's names of the weights, by ours: hidden1/kernel, or with torch hidden1_kernel.
        tensors, _ = utils.deconstruct_model_proto(self.model, compression_pipeline=self.compression_pipeline)
        self.names = {name.replace("/", "_"): name for name in tensors}
        # The assigner draws lots, also over who comes first in a sum, on whose order floats depend.
        for rounds in self.assigner.collaborators_for_task.values():
            for collaborators in rounds.values():
                collaborators.sort(key=self.authorized_cols.index)
        save_arrays(round_file(self.artifacts, 0), self._weights_of(0, ("model",)))
        logger.info("[ROUND 1]")

    def get_tasks(self, collaborator_name):
        """A collaborator that is ready before the others sleeps for ten seconds in OpenFL: most of a round."""
        tasks, round_number, sleep_time, time_to_quit = super().get_tasks(collaborator_name)
        return tasks, round_number, min(sleep_time, 1), time_to_quit

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
        updates = {name: self._update_of(name) for name in done}
        super()._end_of_round_check()
        self._print_what_openfl_says()
        for name, (weights, examples) in updates.items():
            if keeps_updates(round, self.rounds_to_train, everybody, weights):
                save_update(self.artifacts, round, int(name.rpartition("-")[2]), weights, examples)
        weights = self._weights_of(round, ("model",))
        save_arrays(round_file(self.artifacts, round), weights)
        if self.given_up:
            logger.warning("[ROUND %d] averaged %d of %d collaborators", round, len(done), everybody)
        if self._time_to_quit():
            save_final(self.artifacts, weights, self.backend)
            declare_end(self.work)
        else:
            logger.info("[ROUND %d]", round + 1)

    def _print_what_openfl_says(self):
        """OpenFL counts these up, and prints none. It scores the weights that a round begins with: what it
        calls round r are, in our counting, the weights after r rounds."""
        while not self.metric_queue.empty():
            row = self.metric_queue.get()
            if row["metric_origin"] == "aggregator" and row["task_name"] == "aggregated_model_validation":
                print_metric(row["round"], "client", openfl_accuracy=row["metric_value"])

    def _update_of(self, name):
        weights = self._weights_of(self.round_number, change_tags(("trained",), add_field=name))
        return weights, self.collaborator_task_weight[TaskResultKey("train", name, self.round_number)]

    def _weights_of(self, round_number, tags):
        keys = [TensorKey(self.names[name], self.uuid, round_number, False, tags) for name in NAMES]
        return as_weights([self.tensor_db.get_tensor_from_cache(key) for key in keys])

    def all_quit_jobs_sent(self):
        """OpenFL never ends when a collaborator has died, because it waits to tell it that the end has come."""
        return set(self.quit_job_sent_to) >= set(self.authorized_cols) - self.given_up
