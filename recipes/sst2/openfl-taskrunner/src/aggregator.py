"""OpenFL's aggregator, which also keeps the weights of every round."""

from __future__ import annotations

from pathlib import Path

from openfl.component import Aggregator
from openfl.protocols import utils

from federation_end import declare_end
from metric_line import print_metric
from openfl_rounds import RecordingRounds
from sst2.head import NAMES, as_weights
from sst2.local_training import save_final


class RecordingAggregator(RecordingRounds, Aggregator):
    """`run` and `backend` come from the plan: aggregator.settings."""

    def __init__(self, *, run, backend, **settings):
        super().__init__(**settings)
        self.work, self.backend = Path(run) / "work", backend
        # OpenFL's names of the weights, by ours: hidden1/kernel, or with torch hidden1_kernel.
        tensors, _ = utils.deconstruct_model_proto(self.model, compression_pipeline=self.compression_pipeline)
        theirs = {name.replace("/", "_"): name for name in tensors}
        # The assigner draws lots, also over who comes first in a sum, on whose order floats depend.
        for rounds in self.assigner.collaborators_for_task.values():
            for collaborators in rounds.values():
                collaborators.sort(key=self.authorized_cols.index)
        self.begin(Path(run) / "artifacts", [theirs[name] for name in NAMES], as_weights)

    def get_tasks(self, collaborator_name):
        """A collaborator that is ready before the others sleeps for ten seconds in OpenFL: most of a round."""
        tasks, round_number, sleep_time, time_to_quit = super().get_tasks(collaborator_name)
        return tasks, round_number, min(sleep_time, 1), time_to_quit

    def averaged(self, round, weights):
        """Prints OpenFL's own figures; the last round's weights are the final model."""
        self._print_what_openfl_says()
        if self._time_to_quit():
            save_final(self.artifacts, weights, self.backend)
            declare_end(self.work)

    def _print_what_openfl_says(self):
        """OpenFL counts these up, and prints none. It scores the weights that a round begins with: what it
        calls round r are, in our counting, the weights after r rounds."""
        while not self.metric_queue.empty():
            row = self.metric_queue.get()
            if row["metric_origin"] == "aggregator" and row["task_name"] == "aggregated_model_validation":
                print_metric(row["round"], "client", openfl_accuracy=row["metric_value"])
