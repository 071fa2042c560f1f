"""OpenFL's aggregator, which also keeps the weights of every round."""

from __future__ import annotations

from openfl_taskrunner_aggregator import TaskRunnerAggregator
from sst2.local_training import save_final


class RecordingAggregator(TaskRunnerAggregator):
    """`backend` comes from the plan: aggregator.settings."""

    def __init__(self, *, backend, **settings):
        self.backend = backend
        super().__init__(**settings)

    def save_final(self, weights):
        save_final(self.artifacts, weights, self.backend)
