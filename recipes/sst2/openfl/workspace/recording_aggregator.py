"""OpenFL's aggregator, which also keeps the weights of every round. It travels to the director, and runs there."""

from __future__ import annotations

from pathlib import Path

from openfl.component import Aggregator

from openfl_rounds import RecordingRounds
from sst2.head import NAMES, as_weights


class RecordingAggregator(RecordingRounds, Aggregator):
    """`artifacts` and `label` come from the plan: aggregator.settings."""

    people = "envoys"

    def __init__(self, *, artifacts, label, **settings):
        super().__init__(**settings)
        self.label = label
        self.begin(Path(artifacts), NAMES, as_weights)

    @staticmethod
    def _get_sleep_time():
        """Seconds that an envoy sleeps when the others still compute; OpenFL's 10 would be most of a round."""
        return 1
