"""A collaborator's data: the sentences that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from openfl.federated.data.loader import DataLoader

from sst2.work_folder import load_held_out, load_shard, load_task


class Sst2Loader(DataLoader):
    """`data_path` is what plan/data.yaml says of a collaborator: its number. It is None where OpenFL only
    wants to know how large a sentence vector is."""

    def __init__(self, data_path, work, local_epochs, batch_size, **kwargs):
        self.width, self.epochs, self.batch_size = load_task(Path(work))["width"], local_epochs, batch_size
        self.round = 1
        if data_path is not None:
            self.shard = load_shard(Path(work), int(data_path))
            self.held_out = load_held_out(Path(work))

    def get_feature_shape(self):
        return [self.width]

    def get_train_loader(self, batch_size=None, num_batches=None):
        """The order of this round, (epochs, rows), and not batches: OpenFL's own loaders shuffle."""
        return self.shard.order_of(self.round, self.epochs)

    def get_valid_loader(self, batch_size=None):
        """All validation sentences as one batch."""
        vectors, labels = self.held_out
        yield vectors, labels.reshape(-1, 1)

    def get_train_data_size(self):
        """A collaborator's weight in the average."""
        return len(self.shard.y)

    def get_valid_data_size(self):
        return len(self.held_out[1])
