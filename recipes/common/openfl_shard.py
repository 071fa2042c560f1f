"""What an envoy of OpenFL's director (1.7) offers to a federation, and how an experiment gets hold of it."""

from __future__ import annotations

from openfl.interface.interactive_api.experiment import DataInterface
from openfl.interface.interactive_api.shard_descriptor import ShardDescriptor


class PreparedShard(ShardDescriptor):
    """The data that `prepare` gave an envoy. A recipe's own says where it lies, and of what shape it is.

    The experiment's code, which comes from elsewhere, sees the data through this object only. The director
    takes only envoys whose shapes are, as texts, those of its own configuration.
    """

    def __init__(self, shard, validation, examples: int, about: str, sample_shape: list[str]) -> None:
        """`shard` knows its order in every round; `validation` is a pair, inputs and labels."""
        self.datasets = {"train": shard, "validation": validation}
        self.examples, self.about, self.shape = examples, about, sample_shape

    def get_dataset(self, dataset_type):
        return self.datasets[dataset_type]

    @property
    def sample_shape(self):
        return self.shape

    @property
    def target_shape(self):
        return ["1"]

    @property
    def dataset_description(self):
        return self.about


class ShardData(DataInterface):
    """At the envoy OpenFL puts its shard descriptor in here."""

    @property
    def shard_descriptor(self):
        return self._shard_descriptor

    @shard_descriptor.setter
    def shard_descriptor(self, shard_descriptor):
        self._shard_descriptor = shard_descriptor
        self.train = shard_descriptor.get_dataset("train")
        self.validation = shard_descriptor.get_dataset("validation")

    def get_train_loader(self, **kwargs):
        return self.train

    def get_valid_loader(self, **kwargs):
        return self.validation

    def get_train_data_size(self):
        """An envoy's weight in the average."""
        return self._shard_descriptor.examples

    def get_valid_data_size(self):
        return len(self.validation[1])
