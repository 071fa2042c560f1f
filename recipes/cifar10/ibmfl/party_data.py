"""A party's data: the pictures that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from ibmfl.data.data_handler import DataHandler

from cifar10.work_folder import load_held_out, load_shard


class Cifar10DataHandler(DataHandler):
    """`info: {work: FOLDER, party: 1}` in the configuration says where, and whose."""

    def __init__(self, data_config=None):
        super().__init__()
        work = Path(data_config["work"])
        self.party = data_config["party"]
        self.shard = load_shard(work, self.party)
        # By these names IBM FL finds them: get_train_counts() is the weight in FedAvg.
        self.x_train, self.y_train = self.shard.images, self.shard.labels
        self.x_test, self.y_test = load_held_out(work)

    def get_data(self):
        """What IBM FL trains with, and what it evaluates on (EVAL)."""
        return self.shard, (self.x_test, self.y_test)
