"""What an envoy offers to the federation: the sentences that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from openfl.interface.interactive_api.shard_descriptor import ShardDescriptor

from sst2.work_folder import load_held_out, load_shard


class Sst2ShardDescriptor(ShardDescriptor):
    """`params: {work: FOLDER, client: 1}` in the envoy's configuration says where, and whose.

    The experiment's code, which comes from elsewhere, sees the data through this object only.
    """

    def __init__(self, work: str, client: int) -> None:
        self.client = client
        self.shard = load_shard(Path(work), client)
        self.held_out = load_held_out(Path(work))

    def get_dataset(self, dataset_type):
        """`train`: the shard, which knows its order in every round; `validation`: vectors and labels."""
        return self.shard if dataset_type == "train" else self.held_out

    # The director takes only envoys whose shapes are, as texts, those of its own configuration.

    @property
    def sample_shape(self):
        return ["sentence vector"]

    @property
    def target_shape(self):
        return ["1"]

    @property
    def dataset_description(self):
        return f"SST-2, part {self.client}: {len(self.shard.y)} sentences as vectors"
