"""The aggregator's part: IBM FL's weighted average, which also writes down what came and what became of it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from ibmfl.aggregator.fusion.fedavg_fusion_handler import FedAvgFusionHandler

from sst2.head import as_list, as_weights
from sst2.work_folder import load_initial
from weight_files import keeps_updates, round_file, save_arrays, save_update

# Under IBM FL's own name, since only its loggers have its format and are flushed.
logger = logging.getLogger("ibmfl.recipe.fusion")


class RecordingFedAvg(FedAvgFusionHandler):
    """FedAvg (by numbers of examples) that starts from given weights and keeps every round's.

    `info` in the configuration: `run`, the run folder with work/ and artifacts/ in it, and `experiments`, on
    how many TRAINs the rounds are spread.
    """

    def __init__(self, hyperparams, protocol_handler, data_handler=None, fl_model=None, **kwargs):
        super().__init__(hyperparams, protocol_handler, data_handler, fl_model, **kwargs)
        run = Path(kwargs["info"]["run"])
        self.artifacts, self.parties = run / "artifacts", hyperparams["global"]["num_parties"]
        self.planned, self.experiments = self.rounds, kwargs["info"]["experiments"]
        if self.planned < self.experiments:
            sys.exit(
                f"error: rounds={self.planned} is too few for experiments={self.experiments}: every TRAIN needs one"
            )
        # IBM FL's curr_round begins anew with every TRAIN, although the weights go on.
        self.round = 0
        initial = load_initial(run / "work")
        # Without this the first round asks every party for a model from its own initial weights.
        self.current_model_weights = as_list(initial)
        save_arrays(round_file(self.artifacts, 0), initial)

    def start_global_training(self):
        """One TRAIN: its share of the planned rounds; when they are done, as many again."""
        left = self.planned - self.round
        self.rounds = -(-left // max(self.experiments, 1)) if left > 0 else self.planned
        self.experiments -= 1
        super().start_global_training()

    def query_all_parties(self, payload):
        """Begins a round: sends the weights, and waits for the quorum."""
        self.round += 1
        logger.info("[ROUND %d]", self.round)
        # IBM FL does not tell a party the round, and one that has come back cannot count: it travels
        # with the hyperparameters.
        payload["hyperparams"]["local"]["round"] = self.round
        return super().query_all_parties(payload)

    def update_weights(self, lst_model_updates):
        """Ends a round: the average becomes the global weights."""
        # They lie here as they came; a sum of floats depends on its order.
        updates = sorted(lst_model_updates, key=lambda update: update.get("party"))
        super().update_weights(updates)
        rounds = max(self.planned, self.round)
        for update in updates:
            weights = as_weights(update.get("weights"))
            if keeps_updates(self.round, rounds, self.parties, weights):
                save_update(
                    self.artifacts, self.round, update.get("party"), weights, update.get("train_counts")
                )
        save_arrays(round_file(self.artifacts, self.round), as_weights(self.current_model_weights))
        if len(updates) < self.parties:
            logger.warning("[ROUND %d] averaged %d of %d parties", self.round, len(updates), self.parties)
