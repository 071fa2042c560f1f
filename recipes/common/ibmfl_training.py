"""What a party does when the aggregator asks it to train."""

from __future__ import annotations

import time

from ibmfl.party.training.fedavg_local_training_handler import FedAvgLocalTrainingHandler


class NamedTrainingHandler(FedAvgLocalTrainingHandler):
    """IBM FL's handler for FedAvg, which sends `train_counts`; this one also says who it is.

    `info: {pause: 2}` in the configuration makes every training two seconds longer, for demonstrations.
    """

    def __init__(self, fl_model, data_handler, info=None, **kwargs):
        super().__init__(fl_model, data_handler, **kwargs)
        self.pause = (info or {}).get("pause", 0)

    def train(self, fit_params=None):
        """One round: IBM FL's `train` calls the model's `fit_model`."""
        update = super().train(fit_params)
        time.sleep(self.pause)
        update.add("party", self.data_handler.party)
        return update
