"""The aggregator's part: IBM FL's fusions, which also write down what came and what became of it."""

from __future__ import annotations

import logging
from pathlib import Path

from ibmfl.aggregator.fusion.coordinate_median_fusion_handler import CoordinateMedianFusionHandler
from ibmfl.aggregator.fusion.fedavg_fusion_handler import FedAvgFusionHandler
from ibmfl.aggregator.fusion.krum_fusion_handler import KrumFusionHandler
from what_travels import as_received, as_sent

from cifar10.vgg import is_trained
from cifar10.work_folder import load_architecture, load_initial
from weight_files import in_64_bits, keeps_updates, round_file, save_arrays, save_update

# Under IBM FL's own name, since only its loggers have its format and are flushed.
logger = logging.getLogger("ibmfl.recipe.fusion")


class Recording:
    """What is mixed into a fusion of IBM FL's: it starts from given weights, and keeps every round's.

    `info: {run: FOLDER}` in the configuration names the run folder, with work/ and artifacts/ in it.
    """

    def __init__(self, hyperparams, protocol_handler, **kwargs):
        super().__init__(hyperparams, protocol_handler, **kwargs)
        # IBM FL divides by the number of examples plus this: its average is 1e-6 of an example too small.
        self._eps = 0.0
        run = Path(kwargs["info"]["run"])
        self.artifacts, self.parties = run / "artifacts", hyperparams["global"]["num_parties"]
        # IBM FL's curr_round begins anew with every TRAIN, although the weights go on.
        self.round = 0
        self.architecture, initial = load_architecture(run / "work"), load_initial(run / "work")
        self.at_home = {name: array for name, array in initial.items() if not is_trained(name)}
        # Without this the first round asks every party for a model from its own initial weights.
        self.current_model_weights = as_sent(initial, self.architecture)
        save_arrays(round_file(self.artifacts, 0), initial)

    def query_all_parties(self, payload):
        """Begins a round: sends the weights, and waits for the quorum."""
        self.round += 1
        logger.info("[ROUND %d]", self.round)
        # IBM FL does not tell a party the round, and one that has come back cannot count: it travels
        # with the hyperparameters.
        payload["hyperparams"]["local"]["round"] = self.round
        return super().query_all_parties(payload)

    def update_weights(self, lst_model_updates):
        """Ends a round: what the fusion makes of the updates becomes the global weights."""
        # In the order of the parties, not of their arrival, on which a sum of floats depends.
        updates = sorted(lst_model_updates, key=lambda update: update.get("party"))
        rounds = max(self.rounds, self.round)
        for update in updates:
            weights = as_received(update.get("weights"), self.architecture)
            if keeps_updates(self.round, rounds, self.parties, weights):
                party, examples = update.get("party"), update.get("train_counts")
                save_update(self.artifacts, self.round, party, self.at_home | weights, examples)
            wide = in_64_bits(weights)
            if wide is not weights:
                update.add("weights", list(wide.values()))
        super().update_weights(updates)
        weights = as_received(self.current_model_weights, self.architecture)
        self.current_model_weights = as_sent(weights, self.architecture)
        save_arrays(round_file(self.artifacts, self.round), self.at_home | weights)
        if len(updates) < self.parties:
            logger.warning("[ROUND %d] had %d of %d parties", self.round, len(updates), self.parties)


# The names by which aggregator.yml asks for them: the recipe's `strategy`.
fedavg = type("RecordingFedAvg", (Recording, FedAvgFusionHandler), {})
median = type("RecordingMedian", (Recording, CoordinateMedianFusionHandler), {})
krum = type("RecordingKrum", (Recording, KrumFusionHandler), {})
