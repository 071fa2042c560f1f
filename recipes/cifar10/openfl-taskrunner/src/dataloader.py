"""A collaborator's data: the pictures that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from openfl.federated.data.loader import DataLoader

from cifar10.pixels import SIZE
from cifar10.vgg import CHANNELS
from cifar10.work_folder import load_part_of_held_out, load_shard


class Cifar10Loader(DataLoader):
    """`data_path` is what plan/data.yaml says of a collaborator: its number. It is None where OpenFL only
    wants to know how large a picture is."""

    def __init__(self, data_path, work, **kwargs):
        if data_path is not None:
            self.shard = load_shard(Path(work), int(data_path))
            # The test pictures are divided among the collaborators: the mean, which OpenFL weights by numbers
            # of pictures, is the figure of them all.
            self.held_out = load_part_of_held_out(Path(work), int(data_path))

    def get_feature_shape(self):
        return [SIZE, SIZE, CHANNELS]

    def get_train_loader(self, batch_size=None, num_batches=None):
        """The shard, which knows its batches in every round: OpenFL's own loaders shuffle."""
        return self.shard

    def get_valid_loader(self, batch_size=None):
        """Its test pictures and their labels."""
        return self.held_out

    def get_train_data_size(self):
        """A collaborator's weight in the average."""
        return len(self.shard.labels)

    def get_valid_data_size(self):
        return len(self.held_out[1])
