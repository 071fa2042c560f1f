"""The aggregator of OpenFL's TaskRunner (1.9), keeping the weights of every round.

A recipe's own, which its plan names (`aggregator.template`), says how the final model is saved.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from openfl.component import Aggregator

from federation_end import declare_end
from metric_line import print_metric
from openfl_rounds import RecordingRounds
from weight_files import Weights


class TaskRunnerAggregator(RecordingRounds, Aggregator):
    """`run`, the run folder, comes from the plan: aggregator.settings."""

    def __init__(self, *, run, **settings):
        super().__init__(**settings)
        self.work = Path(run) / "work"
        # Once a round is late OpenFL looks at nothing else: it would wait for more than there are, for ever.
        policy = self.straggler_handling_policy
        policy.minimum_reporting = min(policy.minimum_reporting, len(self.authorized_cols))
        # The assigner draws lots, also over who comes first in a sum, on whose order floats depend.
        for rounds in self.assigner.collaborators_for_task.values():
            for collaborators in rounds.values():
                collaborators.sort(key=self.authorized_cols.index)
        self.begin(Path(run) / "artifacts")

    @abstractmethod
    def save_final(self, weights: Weights) -> None:
        """Writes artifacts/final/."""

    def get_tasks(self, collaborator_name):
        """A collaborator that is ready before the others sleeps for ten seconds in OpenFL: most of a round."""
        tasks, round_number, sleep_time, time_to_quit = super().get_tasks(collaborator_name)
        return tasks, round_number, min(sleep_time, 1), time_to_quit

    def averaged(self, round, weights):
        """Prints OpenFL's own figures; the last round's weights are the final model."""
        self._print_what_openfl_says()
        if self._time_to_quit():
            self.save_final(weights)
            declare_end(self.work)

    def _print_what_openfl_says(self):
        """OpenFL counts these up, and prints none. It scores the weights that a round begins with: what it
        calls round r are, in our counting, the weights after r rounds."""
        while not self.metric_queue.empty():
            row = self.metric_queue.get()
            if row["metric_origin"] == "aggregator" and row["task_name"] == "aggregated_model_validation":
                print_metric(row["round"], "client", openfl_accuracy=row["metric_value"])
