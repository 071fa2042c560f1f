"""The aggregator that OpenFL's director (1.7) starts for an experiment, keeping the weights of every round.

The plan of the experiment names it: `aggregator.template`.
"""

from __future__ import annotations

from pathlib import Path

from openfl.component import Aggregator

from openfl_rounds import RecordingRounds


class RecordingAggregator(RecordingRounds, Aggregator):
    """`artifacts` and `label` come from the plan: aggregator.settings."""

    people = "envoys"

    def __init__(self, *, artifacts, label, **settings):
        super().__init__(**settings)
        self.label = label
        self.begin(Path(artifacts))

    @staticmethod
    def _get_sleep_time():
        """Seconds that an envoy sleeps when the others still compute; OpenFL's 10 would be most of a round."""
        return 1
