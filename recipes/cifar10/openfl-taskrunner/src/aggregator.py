"""OpenFL's aggregator, which also keeps the weights of every round."""

from __future__ import annotations

from cifar10.local_training import save_final
from cifar10.work_folder import load_architecture
from openfl_taskrunner_aggregator import TaskRunnerAggregator


class RecordingAggregator(TaskRunnerAggregator):
    """`run`, the run folder, comes from the plan: aggregator.settings."""

    def save_final(self, weights):
        save_final(self.artifacts, weights, load_architecture(self.work))
