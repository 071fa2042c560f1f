"""A party's data: the sentences that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from ibmfl.data.data_handler import DataHandler

from sst2.work_folder import load_held_out, load_shard


class Sst2DataHandler(DataHandler):
    """`info: {work: FOLDER, party: 1}` in the configuration says where, and whose."""

    def __init__(self, data_config=None):
        super().__init__()
        work = Path(data_config["work"])
        self.party = data_config["party"]
        self.shard = load_shard(work, self.party)
        # By these names IBM FL finds them: get_train_counts() is the weight in FedAvg.
        self.x_train, self.y_train = self.shard.x, self.shard.y
        self.x_test, self.y_test = load_held_out(work)

    def get_data(self):
        """What IBM FL trains with, and what it evaluates on (EVAL)."""
        return self.shard, (self.x_test, self.y_test)
